"""How each platform gives tokens, as its developers' pages say: paths, lifetimes, errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from vigie.demo.sites.reply import Reply

HOUR, DAY = 3_600, 86_400
# What is wrong: the app's credentials, the request, the code, or the refresh token.
Wrong = Literal["app", "request", "grant", "refresh"]


def _rfc(wrong: Wrong, words: str) -> Reply:
    """As RFC 6749 has it: Google, LinkedIn and most others."""
    name = {"app": "invalid_client", "request": "unsupported_grant_type"}.get(
        wrong, "invalid_grant"
    )
    told = {"error": name, "error_description": words}
    return Reply.json(401 if wrong == "app" else 400, told)


def _of_x(wrong: Wrong, words: str) -> Reply:
    """X says invalid_request of codes and refresh tokens."""
    if wrong == "app":
        told = {
            "error": "unauthorized_client",
            "error_description": "Missing valid authorization header",
        }
        return Reply.json(401, told)
    return Reply.json(400, {"error": "invalid_request", "error_description": words})


def _of_meta(wrong: Wrong, words: str) -> Reply:
    error = {"message": words, "type": "OAuthException", "code": 1 if wrong == "app" else 190,
             "fbtrace_id": "AtR4ceR4ceR4ceR4ce"}  # fmt: skip
    return Reply.json(400, {"error": error})


def _of_reddit(wrong: Wrong, words: str) -> Reply:
    if wrong == "app":
        return Reply.json(401, {"message": "Unauthorized", "error": 401})
    return Reply.json(400 if wrong == "request" else 200, {"error": "invalid_grant"})


def _of_pinterest(wrong: Wrong, words: str) -> Reply:
    if wrong == "app":
        return Reply.json(401, {"code": 2, "message": "Authentication failed."})
    return Reply.json(400, {"code": 283, "message": words})


def _of_tiktok(wrong: Wrong, words: str) -> Reply:
    """With status 200."""
    name = {"app": "invalid_client", "request": "unsupported_grant_type"}.get(
        wrong, "invalid_grant"
    )
    log = "202611201200000000000000000000"
    return Reply.json(200, {"error": name, "error_description": words, "log_id": log})


@dataclass(frozen=True, slots=True)
class Swap:
    """Where Meta gives a longer token for a shorter; `name` is the parameter of the old one."""

    path: str
    grant: str
    name: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """One platform's; paths are patterns of whole paths below the platform's address."""

    token: str = ""
    authorize: str = ""
    revoke: str = ""
    exchange: Swap | None = None
    again: Swap | None = None
    permissions: str = ""
    pages: str = ""
    scopes: tuple[str, ...] = ()  # of grants that nobody was asked for
    separator: str = " "
    id: str = "client_id"
    basic: bool = False
    public: bool = False
    challenge: Literal["", "S256", "hex"] = ""
    refreshes: bool = True
    rotates: bool = False
    apps: bool = False  # client credentials
    assertions: bool = False
    lasts_s: int = HOUR
    refresh_s: int = 0
    refresh_name: str = "refresh_token_expires_in"
    tells_scopes: bool = True
    kind: str = "bearer"
    denies: str = "access_denied"
    refuses_scopes: str = ""  # the error where an app asks for more than it is approved for
    error: Callable[[Wrong, str], Reply] = _rfc
    more: Mapping[str, object] = field(default_factory=dict)

    @staticmethod
    def is_at(pattern: str, path: str) -> bool:
        return bool(pattern) and re.fullmatch(pattern, path) is not None


_GRAPH = r"/v\d+\.\d+"


def _graph(*scopes: str, pages: bool = False) -> Dialect:
    swap = Swap(rf"{_GRAPH}/oauth/access_token", "fb_exchange_token", "fb_exchange_token")
    return Dialect(
        token=rf"{_GRAPH}/oauth/access_token",
        authorize=rf"{_GRAPH}/dialog/oauth",
        exchange=swap,
        permissions=rf"{_GRAPH}/me/permissions",
        pages=rf"{_GRAPH}/me/accounts" if pages else "",
        scopes=scopes,
        separator=",",
        refreshes=False,
        lasts_s=60 * DAY,
        tells_scopes=False,
        error=_of_meta,
    )


DIALECTS: Mapping[str, Dialect] = {
    "x": Dialect(
        token="/2/oauth2/token", authorize="/i/oauth2/authorize", revoke="/2/oauth2/revoke",
        scopes=("tweet.read", "users.read", "offline.access"), basic=True, public=True,
        challenge="S256", rotates=True, lasts_s=2 * HOUR, error=_of_x,
        refuses_scopes="invalid_scope",
    ),
    "reddit": Dialect(
        token="/api/v1/access_token", revoke="/api/v1/revoke_token", scopes=("*",), basic=True,
        apps=True, refreshes=False, lasts_s=DAY, error=_of_reddit,
        more={"device_id": "DO_NOT_TRACK_THIS_DEVICE"},
    ),
    "instagram": _graph("instagram_basic", "instagram_manage_insights", "pages_show_list",
                        "pages_read_engagement"),
    "facebook": _graph("pages_show_list", "pages_read_engagement", "pages_read_user_content",
                       "read_insights", pages=True),
    "meta": _graph("pages_show_list", "pages_read_engagement", "read_insights", "instagram_basic",
                   "instagram_manage_insights", pages=True),
    "threads": Dialect(
        token="/oauth/access_token", authorize="/oauth/authorize", separator=",",
        exchange=Swap("/access_token", "th_exchange_token", "access_token"),
        again=Swap("/refresh_access_token", "th_refresh_token", "access_token"),
        scopes=("threads_basic", "threads_keyword_search", "threads_profile_discovery",
                "threads_manage_insights"),
        refreshes=False, lasts_s=60 * DAY, tells_scopes=False, error=_of_meta,
    ),
    "tiktok": Dialect(
        token="/v2/oauth/token/", authorize="/v2/auth/authorize/", revoke="/v2/oauth/revoke/",
        scopes=("user.info.basic", "user.info.profile", "user.info.stats", "video.list"),
        separator=",", id="client_key", challenge="hex", rotates=True, apps=True, lasts_s=DAY,
        refresh_s=365 * DAY, refresh_name="refresh_expires_in", kind="Bearer", error=_of_tiktok,
        more={"open_id": "-000V3ntedOpenId0000000000000000001"},
    ),
    "linkedin": Dialect(
        token="/oauth/v2/accessToken", authorize="/oauth/v2/authorization",
        revoke="/oauth/v2/revoke", scopes=("r_organization_social", "rw_organization_admin"),
        separator=",", lasts_s=60 * DAY, refresh_s=365 * DAY, denies="user_cancelled_authorize",
        kind="Bearer", refuses_scopes="unauthorized_scope_error",
    ),
    "pinterest": Dialect(
        token="/v5/oauth/token", authorize="/oauth/",
        scopes=("user_accounts:read", "boards:read", "pins:read"), separator=",", basic=True,
        rotates=True, lasts_s=30 * DAY, refresh_s=60 * DAY, error=_of_pinterest,
        more={"response_type": "authorization_code"},
    ),
    "google_analytics": Dialect(
        token="/token", authorize="/o/oauth2/v2/auth", revoke="/revoke", assertions=True,
        scopes=("https://www.googleapis.com/auth/analytics.readonly",), challenge="S256",
        lasts_s=HOUR, kind="Bearer",
    ),
    "youtube": Dialect(), "telegram": Dialect(), "mastodon": Dialect(),
}  # fmt: skip
