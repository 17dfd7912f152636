"""The OAuth of the simulated platforms: who asks, who agrees, which tokens hold.

Each platform speaks as its own developers' pages say (vigie/demo/dialects.py): where it is asked,
how an app proves who it is, whether a refresh token changes with each use, how errors look.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from vigie.demo.dialects import DIALECTS, Dialect
from vigie.demo.sites.reply import Ask, Refusal, Reply

CODE_MS = 600_000
HIDDEN = ("client_id", "client_key", "redirect_uri", "scope", "state", "code_challenge")


@dataclass
class Grant:
    """What a person, or an app for itself, was given: a token that holds, and what renews it."""

    platform: str
    scopes: tuple[str, ...]
    access: str = ""
    until: int | None = None  # ms
    refresh: str | None = None
    former: set[str] = field(default_factory=set)  # tokens that were replaced and have lapsed
    revoked: bool = False
    approved: bool = True


@dataclass(frozen=True)
class Code:
    grant: Grant
    redirect: str
    challenge: str
    until: int


class Grants:
    """All that was given at one world. Serials make the same tokens for the same order of calls."""

    def __init__(self, seed: int = 7) -> None:
        self._seed, self._serial = seed, 0
        self._grants: list[Grant] = []
        self._codes: dict[str, Code] = {}
        self.refusing: dict[str, frozenset[str]] = {}  # scopes that the app has no approval for
        self.renewals: list[str] = []  # platforms, as their tokens were given anew
        self.lasts: dict[str, int] = {}  # seconds, instead of the platform's own

    def app(self, platform: str) -> tuple[str, str]:
        """The id and secret of the app that is registered at a platform."""
        return f"{platform}-app", self._made(f"{platform} app", 0)

    # what a test or the demo does without a browser ---------------------------------------------

    def issue(self, platform: str, now: int, scopes: Iterable[str] | None = None) -> Grant:
        """A grant as the flow would give it."""
        given = DIALECTS[platform].scopes if scopes is None else scopes
        grant = Grant(platform, tuple(given))
        self._grants.append(grant)
        self._renew(grant, now)
        return grant

    def admit(self, platform: str, token: str) -> None:
        """Takes a token or key that never lapses."""
        self._grants.append(Grant(platform, (), token))

    def revoke(self, platform: str) -> None:
        """Everybody withdraws what they gave to the app, or the key is deleted."""
        for grant in self._of(platform):
            grant.revoked = True

    def withhold(self, platform: str) -> None:
        """The platform withdraws the app's approval; tokens stay."""
        for grant in self._of(platform):
            grant.approved = False

    # what the door asks --------------------------------------------------------------------------

    def check(self, platform: str, token: str, now: int) -> Refusal | None:
        """Why a token is not taken; None: it is."""
        if not token:
            return "missing"
        for grant in self._of(platform):
            if token == grant.access or token in grant.former:
                if grant.revoked:
                    return "revoked"
                if token != grant.access or (grant.until is not None and grant.until <= now):
                    return "lapsed"
                return None if grant.approved else "unapproved"
        return "lapsed"  # one that was never given, or by a world before this one

    def answer(self, platform: str, ask: Ask) -> Reply | None:
        """The answer of a platform's own pages for permission and tokens; None: not one of them."""
        dialect = DIALECTS.get(platform)
        if dialect is None:
            return None
        path = ask.path
        if dialect.is_at(dialect.authorize, path):
            return self._consent(platform, dialect, ask)
        if dialect.exchange and dialect.is_at(dialect.exchange.path, path):
            form = _form(ask)
            if form.get("grant_type") == dialect.exchange.grant:
                return self._exchange(platform, dialect, ask, form)
        if dialect.again and dialect.is_at(dialect.again.path, path):
            return self._prolong(platform, dialect, ask)
        if dialect.is_at(dialect.token, path):
            return self._token(platform, dialect, ask)
        if dialect.is_at(dialect.revoke, path):
            return self._revoked(platform, dialect, ask)
        if dialect.is_at(dialect.permissions, path):
            return self._permissions(platform, dialect, ask)
        if dialect.is_at(dialect.pages, path):
            return self._pages(platform, dialect, ask)
        return None

    # the page ------------------------------------------------------------------------------------

    def _consent(self, platform: str, dialect: Dialect, ask: Ask) -> Reply:
        """The page that asks, and after it the way back with a code or a refusal."""
        form = _form(ask) if ask.method == "POST" else _flat(ask)
        redirect = form.get("redirect_uri", "")
        if form.get(dialect.id) != self.app(platform)[0] or not redirect:
            return _html(400, "<h1>Unknown app or redirect</h1>")
        back = {"state": form.get("state", "")}
        wanted = tuple(form.get("scope", "").replace(",", " ").split())
        lacking = [one for one in wanted if one in self.refusing.get(platform, ())]
        if lacking and dialect.refuses_scopes:
            error = {"error": dialect.refuses_scopes, "error_description": " ".join(lacking)}
            return _led(redirect, {**error, **back})
        if dialect.challenge and not form.get("code_challenge"):
            return _led(
                redirect,
                {
                    "error": "invalid_request",
                    "error_description": "code_challenge is missing",
                    **back,
                },
            )
        if ask.method != "POST":
            return _html(200, _page(platform, ask.url, form, wanted))
        if form.get("decision") != "allow":
            return _led(
                redirect, {"error": dialect.denies, "error_description": "The user said no", **back}
            )
        given = tuple(one for one in wanted if one not in lacking)
        code = self._new(f"{platform} code")
        grant = Grant(platform, given)
        self._codes[code] = Code(grant, redirect, form.get("code_challenge", ""), ask.now + CODE_MS)
        return _led(redirect, {"code": code, **back})

    # tokens --------------------------------------------------------------------------------------

    def _token(self, platform: str, dialect: Dialect, ask: Ask) -> Reply:
        form = _form(ask)
        kind = form.get("grant_type")
        if kind == "urn:ietf:params:oauth:grant-type:jwt-bearer" and dialect.assertions:
            grant = self.issue(platform, ask.now)
            return Reply.json(200, self._told(dialect, grant, ask.now, refreshes=False))
        if not self._proved(platform, dialect, ask, form):
            return dialect.error("app", "Client authentication failed")
        if kind == "authorization_code":
            return self._redeem(platform, dialect, ask, form)
        if kind == "refresh_token" and dialect.refreshes:
            return self._refresh(platform, dialect, ask, form)
        if kind == "client_credentials" and dialect.apps:
            grant = self.issue(platform, ask.now)
            return Reply.json(200, self._told(dialect, grant, ask.now, refreshes=False))
        return dialect.error("request", "Unsupported grant type")

    def _redeem(self, platform: str, dialect: Dialect, ask: Ask, form: Mapping[str, str]) -> Reply:
        code = self._codes.pop(form.get("code", ""), None)  # a code is good for one use
        if code is None or code.grant.platform != platform or code.until <= ask.now:
            return dialect.error("grant", "The code is invalid or has expired")
        if form.get("redirect_uri") != code.redirect:
            return dialect.error("grant", "redirect_uri is not the one of the question")
        if code.challenge and _challenge(dialect, form.get("code_verifier", "")) != code.challenge:
            return dialect.error("grant", "Code verifier or code challenge is invalid")
        self._grants.append(code.grant)
        self._renew(code.grant, ask.now, brief=dialect.exchange is not None)
        return Reply.json(200, self._told(dialect, code.grant, ask.now))

    def _refresh(self, platform: str, dialect: Dialect, ask: Ask, form: Mapping[str, str]) -> Reply:
        grant = self._by(platform, refresh=form.get("refresh_token", ""))
        if grant is None or grant.revoked:
            return dialect.error("refresh", "Value passed for the token was invalid")
        self.renewals.append(platform)
        self._renew(grant, ask.now)
        return Reply.json(200, self._told(dialect, grant, ask.now))

    def _exchange(
        self, platform: str, dialect: Dialect, ask: Ask, form: Mapping[str, str]
    ) -> Reply:
        assert dialect.exchange is not None
        if form.get("client_secret") != self.app(platform)[1]:
            return dialect.error("app", "Error validating client secret.")
        grant = self._by(platform, access=form.get(dialect.exchange.name, ""))
        if grant is None or self.check(platform, grant.access, ask.now):
            return dialect.error("grant", "Error validating access token")
        self.renewals.append(platform)
        self._renew(grant, ask.now)
        return Reply.json(200, self._told(dialect, grant, ask.now))

    def _prolong(self, platform: str, dialect: Dialect, ask: Ask) -> Reply:
        assert dialect.again is not None
        grant = self._by(platform, access=_form(ask).get(dialect.again.name, ""))
        if grant is None or self.check(platform, grant.access, ask.now):
            return dialect.error("grant", "Error validating access token")
        self.renewals.append(platform)
        self._renew(grant, ask.now)
        return Reply.json(200, self._told(dialect, grant, ask.now))

    def _revoked(self, platform: str, dialect: Dialect, ask: Ask) -> Reply:
        form = _form(ask)
        if not self._proved(platform, dialect, ask, form) and not dialect.assertions:
            return dialect.error("app", "Client authentication failed")
        token = form.get("token", "")
        grant = self._by(platform, access=token) or self._by(platform, refresh=token)
        if grant is not None:
            grant.revoked = True
        return Reply.json(200, {"revoked": True} if platform == "x" else {})

    def _permissions(self, platform: str, dialect: Dialect, ask: Ask) -> Reply:
        grant = self._by(platform, access=ask.bearer())
        if grant is None or self.check(platform, grant.access, ask.now):
            return dialect.error("grant", "Error validating access token")
        lacking = self.refusing.get(platform, frozenset())
        rows = [{"permission": one, "status": "granted"} for one in grant.scopes]
        rows += [{"permission": one, "status": "declined"} for one in sorted(lacking)]
        return Reply.json(200, {"data": rows})

    def _pages(self, platform: str, dialect: Dialect, ask: Ask) -> Reply:
        person = self._by(platform, access=ask.bearer())
        if person is None or self.check(platform, person.access, ask.now):
            return dialect.error("grant", "Error validating access token")
        page = Grant(platform, person.scopes, self._new(f"{platform} page"))
        self._grants.append(page)
        row = {"id": "90210000000001", "name": "Page de la marque", "access_token": page.access}
        return Reply.json(
            200, {"data": [row], "paging": {"cursors": {"before": "a", "after": "a"}}}
        )

    # ---------------------------------------------------------------------------------------------

    def _told(
        self, dialect: Dialect, grant: Grant, now: int, *, refreshes: bool = True
    ) -> dict[str, object]:
        """A grant as the platform tells it."""
        told: dict[str, object] = {"access_token": grant.access, "token_type": dialect.kind}
        if grant.until is not None:
            told["expires_in"] = (grant.until - now) // 1000
        if dialect.refreshes and refreshes and grant.refresh:
            told["refresh_token"] = grant.refresh
            if dialect.refresh_s:
                told[dialect.refresh_name] = dialect.refresh_s
        if dialect.tells_scopes:
            told["scope"] = dialect.separator.join(grant.scopes)
        return {**told, **dialect.more}

    def _renew(self, grant: Grant, now: int, *, brief: bool = False) -> None:
        dialect = DIALECTS[grant.platform]
        lasts = self.lasts.get(grant.platform, dialect.lasts_s)
        if grant.access:
            grant.former.add(grant.access)
        grant.access = self._new(f"{grant.platform} access")
        grant.until = now + 1000 * (3_600 if brief else lasts)
        if dialect.refreshes and (dialect.rotates or grant.refresh is None):
            grant.refresh = self._new(f"{grant.platform} refresh")

    def _proved(self, platform: str, dialect: Dialect, ask: Ask, form: Mapping[str, str]) -> bool:
        """Whether the app proves who it is in the platform's way."""
        wanted = self.app(platform)
        if dialect.basic:
            kind, _, told = ask.headers.get("authorization", "").partition(" ")
            if kind.lower() != "basic":
                return dialect.public and form.get("client_id") == wanted[0]
            try:
                id, _, secret = b64decode(told).decode().partition(":")
            except ValueError:
                return False
        else:
            id, secret = form.get(dialect.id, ""), form.get("client_secret", "")
        return id == wanted[0] and hmac.compare_digest(secret.encode(), wanted[1].encode())

    def _of(self, platform: str) -> list[Grant]:
        return [grant for grant in self._grants if grant.platform == platform]

    def _by(
        self, platform: str, *, access: str | None = None, refresh: str | None = None
    ) -> Grant | None:
        for grant in self._of(platform):
            if (access and grant.access == access) or (refresh and grant.refresh == refresh):
                return grant
        return None

    def _new(self, what: str) -> str:
        self._serial += 1
        return self._made(what, self._serial)

    def _made(self, what: str, serial: int) -> str:
        """A token with the signs that have to be quoted somewhere: + / =."""
        digest = hashlib.sha256(f"{self._seed} {what} {serial}".encode()).digest()
        return f"{what.split()[0][:2]}+{b64encode(digest[:25]).decode()}"


def _challenge(dialect: Dialect, verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode())
    if dialect.challenge == "hex":
        return digest.hexdigest()
    return urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def _flat(ask: Ask) -> dict[str, str]:
    return {name: values[0] for name, values in ask.query.items()}


def _form(ask: Ask) -> dict[str, str]:
    """What was sent, in the address and in the body."""
    return {**_flat(ask), **dict(parse_qsl(ask.body.decode(), keep_blank_values=True))}


def _led(redirect: str, given: Mapping[str, str]) -> Reply:
    mark = "&" if urlsplit(redirect).query else "?"
    return Reply(302, b"", "text/html", {"location": f"{redirect}{mark}{urlencode(given)}"})


def _html(status: int, content: str) -> Reply:
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>OAuth</title>{content}'
    return Reply(status, page.encode(), "text/html; charset=utf-8")


def _page(platform: str, url: str, form: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    """The question, as a form that a browser or a test sends."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(form[name])}">'
        for name in HIDDEN
        if name in form
    )
    rows = "".join(f"<li>{escape(one)}</li>" for one in wanted)
    return (
        f"<h1>{escape(platform)}</h1><p>An app asks for permission to:</p><ul>{rows}</ul>"
        f'<form method="post" action="{escape(url)}">{fields}'
        '<button name="decision" value="allow">Allow</button> '
        '<button name="decision" value="deny">Deny</button></form>'
    )
