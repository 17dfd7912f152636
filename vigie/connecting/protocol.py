"""OAuth 2 as the platforms speak it, through authlib: questions, tokens, renewing, revoking.

Sources: RFC 6749, 7009, 7523, 7636 and each platform's pages (catalogue.py names them). What
differs is here once: TikTok's `client_key` and its challenge in hex, Meta's exchange of a token for
one that lasts, errors in shapes that are no OAuth.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from vigie.clock import Clock
from vigie.connecting.asking import Session, ask
from vigie.connecting.declarations import Connection, Exchange, OAuth, Way
from vigie.connecting.tokens import OTHERS, Token
from vigie.errors import ConfigError, NotConnected
from vigie.masking import Secrets
from vigie.watchlist import Platform

# What an error is about, from the names that the platforms give it. What is not here is about the
# grant: the code, the refresh token or the approval itself.
ABOUT_APP = frozenset({"invalid_client", "unauthorized_client", "client_key_invalid"})
ABOUT_SCOPE = frozenset(
    {"invalid_scope", "unauthorized_scope_error", "insufficient_scope", "scope_not_authorized"}
)
DENIED = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})
WORDS = 200  # signs of a platform's own words that are told


class Authority:
    """One platform's OAuth, at its own hosts or at `auth_url`, else `url`, of the watchlist."""

    def __init__(
        self,
        connection: Connection,
        settings: Platform,
        clock: Clock,
        app: tuple[str, str | None],
        contact: str = "",
    ) -> None:
        if connection.oauth is None:
            raise ConfigError("has no OAuth", where=connection.platform, do="--with key")
        self.connection, self.oauth = connection, connection.oauth
        self._settings, self._clock, self._contact = settings, clock, contact
        self._id, self._secret = app
        self._spoken: list[str] = [self._secret or ""]  # what an answer must not tell again
        self.stands_in = bool(settings.auth_url or settings.url)

    # the question --------------------------------------------------------------------------------

    def question(self, redirect: str, state: str, verifier: str | None) -> str:
        """The address at which a person says yes or no."""
        oauth = self.oauth
        more: dict[str, str] = dict(oauth.asked)
        if verifier and oauth.challenge == "hex":
            digest = hashlib.sha256(verifier.encode()).hexdigest()
            more |= {"code_challenge": digest, "code_challenge_method": "S256"}
        client = self._client(redirect)
        client.code_challenge_method = "S256" if oauth.challenge == "S256" else None
        url, _ = client.create_authorization_url(
            self.place(oauth.authorize),
            state=state,
            code_verifier=verifier if oauth.challenge == "S256" else None,
            scope=oauth.separator.join(oauth.scopes),
            **more,
        )
        return _renamed(url, "client_id", "client_key") if oauth.client == "client_key" else url

    # tokens --------------------------------------------------------------------------------------

    def redeem(self, code: str, redirect: str, verifier: str | None) -> Token:
        """The token for a code. Raises NotConnected."""
        given: dict[str, Any] = {"code": code, **self.oauth.given}
        if verifier:
            given["code_verifier"] = verifier
        token = self._fetched("oauth", redirect, grant_type="authorization_code", **given)
        if self.oauth.exchange is not None:
            token = self._exchanged(self.oauth.exchange, token)
        return token

    def of_app(self) -> Token:
        """A token for the app itself, without a person. Raises NotConnected."""
        scope = self.oauth.app_scope or None
        return self._fetched("app", None, grant_type="client_credentials", scope=scope)

    def of_file(self, path: Path) -> Token:
        """A token for a service account (RFC 7523), from the file that Google gave for it."""
        from authlib.oauth2.rfc7523 import JWTBearerGrant
        from joserfc.errors import JoseError
        from joserfc.jwk import RSAKey

        account = _service_account(path)
        now = self._clock.now()
        audience = str(account.get("token_uri") or self.oauth.token)
        try:
            assertion = JWTBearerGrant.sign(
                RSAKey.import_key(str(account["private_key"])),
                issuer=account["client_email"],
                audience=audience,
                issued_at=int(now.timestamp()),
                claims={"scope": " ".join(self.oauth.scopes)},
                header={"alg": "RS256", "kid": account.get("private_key_id", "")},
            )
        except (ValueError, JoseError):
            raise ConfigError(
                "its private key cannot be read", where=str(path), do="download the file again"
            ) from None
        text = assertion.decode() if isinstance(assertion, bytes) else assertion
        form = {"grant_type": JWTBearerGrant.GRANT_TYPE, "assertion": text}
        body = self._asked(self.place(self.oauth.token), form)
        told = {"account": account["client_email"], "file": str(path.resolve())}
        return self._token("file", body).model_copy(update=told)

    def renewed(self, token: Token) -> Token:
        """The token given anew. Raises NotConnected: "unreachable" where nobody answered, "app"
        where the app's credentials are refused, "grant" where the platform gives none any more."""
        if token.way == "app":
            new = self.of_app()
        elif token.way == "file" and token.file:
            new = self.of_file(Path(token.file))
        elif self.oauth.again is not None and token.parent is None:
            new = self._exchanged(self.oauth.again, token)
        elif token.refresh:
            new = self._fetched("oauth", None, refresh_token=token.refresh)
        else:
            raise NotConnected("cannot be renewed", where=token.platform, kind="grant")
        kept: dict[str, Any] = {
            "since": token.since, "renewed": self._clock.now(), "account": token.account,
            "client_id": token.client_id, "client_secret": token.client_secret,
        }  # fmt: skip
        if new.refresh is None:  # one that does not change
            kept |= {"refresh": token.refresh, "refresh_until": token.refresh_until}
        if new.scopes is None:
            kept["scopes"] = token.scopes
        return new.model_copy(update=kept)

    def revoke(self, token: Token) -> bool:
        """Tells the platform that the token is needed no more; whether it took that."""
        if not self.oauth.revoke or token.way not in ("oauth", "app"):
            return False
        client = self._client(None)
        answer = client.revoke_token(self.place(self.oauth.revoke), token=token.access)
        return bool(answer.status_code < 300)

    # Meta ----------------------------------------------------------------------------------------

    def granted(self, token: Token) -> tuple[str, ...] | None:
        """The permissions that a person gave, None where the platform has no list of them."""
        if not self.oauth.permissions:
            return token.scopes
        rows = self._listed(self.oauth.permissions, token)
        return tuple(row["permission"] for row in rows if row.get("status") == "granted")

    def pages(self, token: Token) -> list[dict[str, Any]]:
        """The pages that a person manages, each with `id`, `name` and `access_token`."""
        return self._listed(self.oauth.pages, token) if self.oauth.pages else []

    def _listed(self, url: str, token: Token) -> list[dict[str, Any]]:
        self._spoken.append(token.access)
        bearer = {"Authorization": f"Bearer {token.access}"}
        answer = ask("GET", self.place(url), headers=bearer, contact=self._contact)
        body = self._object(answer)
        return [row for row in body.get("data", ()) if isinstance(row, dict)]

    # ---------------------------------------------------------------------------------------------

    def place(self, url: str) -> str:
        """An address of the platform's, or its path at the stand-in."""
        url = url.replace("{version}", self._settings.api_version or self.connection.version)
        base = self._settings.auth_url or self._settings.url
        if not base:
            return url
        parts = urlsplit(url)
        return base.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")

    def _client(self, redirect: str | None) -> Any:
        from authlib.oauth2.client import OAuth2Client

        method: str = self.oauth.client if self._secret else "none"
        client = OAuth2Client(
            Session(self._contact), self._id, self._secret, token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method, redirect_uri=redirect,
        )  # fmt: skip
        client.register_client_auth_method(("client_key", _with_client_key))
        return client

    def _fetched(self, way: Way, redirect: str | None, **given: Any) -> Token:
        from authlib.common.errors import AuthlibBaseError

        url, client = self.place(self.oauth.token), self._client(redirect)
        self._spoken += [given.get(name, "") for name in ("code", "code_verifier", "refresh_token")]
        try:
            if "refresh_token" in given:
                body = client.refresh_token(url, **given)
            else:
                body = client.fetch_token(url, **given)
        except AuthlibBaseError as error:
            raise self._refused(error.error, error.description) from None
        except NotConnected:
            raise
        except Exception as error:  # what authlib raises for a page that is no JSON, or for a 5xx
            raise _no_token(self.connection.platform, type(error).__name__) from None
        return self._token(way, dict(body))

    def _exchanged(self, exchange: Exchange, token: Token) -> Token:
        given = {"grant_type": exchange.grant, exchange.token: token.access}
        self._spoken.append(token.access)
        if exchange.secret:
            given |= {"client_id": self._id, "client_secret": self._secret or ""}
        url = self.place(exchange.url)
        if exchange.method == "GET":  # the platform leaves no choice; `ask` logs no address
            answer = ask("GET", f"{url}?{urlencode(given)}", contact=self._contact)
            body = self._object(answer)
        else:
            body = self._asked(url, given)
        return self._token(token.way, body).model_copy(
            update={"scopes": token.scopes, "account": token.account}
        )

    def _asked(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        return self._object(Session(self._contact).post(url, data=form))

    def _object(self, answer: Any) -> dict[str, Any]:
        """The object of an answer. Raises NotConnected where there is none, or an error."""
        if answer.status_code >= 500 or answer.status_code == 429:
            raise _no_token(self.connection.platform, f"HTTP {answer.status_code}")
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise _no_token(self.connection.platform, f"HTTP {answer.status_code}, no JSON")
        if answer.status_code >= 400 or body.get("error"):
            raise self._refused(*_error_in(body))
        return body

    def _refused(self, error: Any, words: Any) -> NotConnected:
        """What a platform said instead of a token, without what it was told."""
        told = refused(self.connection.platform, error, words)
        hidden = Secrets.of(self._spoken)
        return NotConnected(hidden.mask(told.what), where=told.where, kind=told.kind)

    def _token(self, way: Way, body: Mapping[str, Any]) -> Token:
        """The token of an answer; lifetimes count from the workspace's clock."""
        access, now = body.get("access_token"), self._clock.now()
        if not isinstance(access, str) or not access:
            raise self._refused(*_error_in(body))
        scope = body.get("scope")
        names = tuple(str(scope).replace(",", " ").split()) if scope else None
        ends = body.get("refresh_token_expires_in") or body.get("refresh_expires_in")
        return Token(
            platform=self.connection.platform,
            way=way,
            access=access,
            since=now,
            until=_after(now, body.get("expires_in")),
            refresh=body.get("refresh_token") or None,
            refresh_until=_after(now, ends),
            scopes=names,
        )


def refused(platform: str, error: Any, words: Any) -> NotConnected:
    """What a platform said instead of a token. Meta's errors are an object, Reddit's a number."""
    name, told = str(error or "error"), str(words or "")
    if isinstance(error, Mapping):
        name = str(error.get("type") or error.get("status") or error.get("code") or "error")
        told = str(error.get("message") or told)
    if name == "401":
        name = "invalid_client"
    kind = "grant"
    for about, names in (("app", ABOUT_APP), ("scope", ABOUT_SCOPE), ("denied", DENIED)):
        kind = about if name in names else kind
    shown = f"{name}: {told}" if told else name
    return NotConnected(" ".join(shown.split())[:WORDS], where=platform, kind=kind)


def missing(oauth: OAuth, scopes: tuple[str, ...] | None) -> tuple[str, ...]:
    """The scopes that were asked for and not given; none where the platform does not say."""
    return () if scopes is None else tuple(one for one in oauth.scopes if one not in scopes)


def _error_in(body: Mapping[str, Any]) -> tuple[Any, Any]:
    return (
        body.get("error") or body.get("code"),
        body.get("error_description") or body.get("message"),
    )


def _no_token(platform: str, what: str) -> NotConnected:
    return NotConnected(
        f"no token in the answer: {what}", where=platform, do="try again later", kind="unreachable"
    )


def _after(now: datetime, seconds: Any) -> datetime | None:
    number = int(seconds) if str(seconds or "").isdigit() else 0
    return now + timedelta(seconds=number) if number > 0 else None


def _renamed(url: str, name: str, other: str) -> str:
    parts = urlsplit(url)
    pairs = [(other if key == name else key, value) for key, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _with_client_key(client: Any, method: str, uri: str, headers: Any, body: str) -> Any:
    """TikTok's name for an app's id."""
    given = [*parse_qsl(body), ("client_key", client.client_id)]
    return uri, headers, urlencode([*given, ("client_secret", client.client_secret or "")])


def _service_account(path: Path) -> dict[str, Any]:
    """A service account's file. Raises ConfigError where it is none, or others can read it."""
    try:
        with path.open(encoding="utf-8") as file:
            shared = path.stat().st_mode & OTHERS
            document = json.load(file)
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}", where=str(path), do="--file FILE.json"
        ) from error
    except ValueError as error:
        raise ConfigError("is no JSON", where=str(path), do="take Google's file") from error
    if shared:
        raise ConfigError("others can read this key", where=str(path), do=f"chmod 600 {path}")
    if not isinstance(document, dict) or not {"client_email", "private_key"} <= document.keys():
        raise ConfigError("is no service account's key", where=str(path), do="take Google's file")
    return document
