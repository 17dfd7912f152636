"""Tokens ready for a crawl: renewed before they lapse, by one process at a time.

A token is renewed where less than the crawl's time limit is left of it, so that none lapses on the
way. Under the vault's lock it is read again first: who waited for another finds the new one, and a
refresh token that changes with each use (X, Pinterest, TikTok) is used once. What a platform
refuses is kept with the token as `refused`: the sources say it, `vigie connect` mends it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vigie import logs
from vigie.connecting.catalogue import BY_VARIABLE
from vigie.connecting.declarations import Connection
from vigie.connecting.protocol import Authority
from vigie.connecting.tokens import Token
from vigie.errors import ConfigError, NotConnected

if TYPE_CHECKING:
    from vigie.records import SourceRun
    from vigie.sources import Crawler
    from vigie.workspace import Workspace

log = logging.getLogger("vigie.connecting")
MARGIN = timedelta(minutes=1)  # clocks differ
DAY = timedelta(days=1)  # before which Meta gives no token anew
LAPSED, REVOKED = "token lapsed", "approval revoked"  # as vigie/health.py has them


@dataclass(frozen=True, slots=True)
class Ready:
    """The environment of a crawl, and why platforms cannot be read, by platform."""

    environ: Mapping[str, str]
    denied: Mapping[str, str]


def ready(space: Workspace, crawlers: Iterable[Crawler], limit_s: float) -> Ready:
    """Renews what the crawlers need and what would lapse within the limit. Raises ConfigError where
    the vault cannot be read."""
    environ = dict(space.environ)
    denied: dict[str, str] = {}
    for crawler in crawlers:
        names = (*crawler.requires, *getattr(crawler, "keys", ()))
        for connection in (BY_VARIABLE[name] for name in names if name in BY_VARIABLE):
            if space.environ.sets(connection.variable):
                continue
            token = _fresh(space, connection, timedelta(seconds=limit_s))
            if token is None:
                continue
            reason = _reason(token, space.clock.now())
            if reason is None:
                environ[connection.variable] = token.access
            else:
                environ.pop(connection.variable, None)
                if connection.variable in crawler.requires:
                    denied[crawler.name] = reason
    return Ready(environ, denied)


def due(token: Token, connection: Connection, now: datetime, within: timedelta) -> bool:
    """Whether a token is to be renewed now."""
    if token.refused is not None:
        return _renewable(token, connection)
    if token.until is None or not _renewable(token, connection):
        return False
    left = token.until - now
    early = connection.oauth.early if connection.oauth else timedelta(0)
    return left < within + MARGIN or (left < early and now - (token.renewed or token.since) > DAY)


def _renewable(token: Token, connection: Connection) -> bool:
    if connection.oauth is None or token.way == "key":
        return False
    again = connection.oauth.again is not None and token.parent is None
    return token.way in ("app", "file") or again or token.refresh is not None


def _fresh(space: Workspace, connection: Connection, within: timedelta) -> Token | None:
    token, now = space.vault.get(connection.platform), space.clock.now()
    if token is None or not due(token, connection, now, within):
        return _seen(token)
    with space.vault.locked():
        token = space.vault.get(connection.platform)
        if token is None or not due(token, connection, now, within):
            return _seen(token)  # another process was faster
        _seen(token)
        try:
            new = authority_of(space, connection, token).renewed(token)
        except NotConnected as error:
            if error.kind != "grant":  # nobody refused what was given: what is left of it may do
                log.warning("%s: token not renewed: %s", connection.platform, error.what)
                return token
            log.warning("%s: %s", connection.platform, error.what)
            refused = "lapsed" if _ended(token, now) else "revoked"
            new = token.model_copy(update={"refused": refused})
        except ConfigError as error:  # a service account's file: other platforms need it not
            log.warning("%s: token not renewed: %s", connection.platform, error)
            return token
        space.vault.put(new)
        return _seen(new)


def _ended(token: Token, now: datetime) -> bool:
    """Whether a token could not be renewed for its age: past the end of its refresh token, or, of
    Meta's that are given for one another, past its own. Nobody need have withdrawn anything."""
    if token.refresh is None and token.way == "oauth":
        return token.lapsed(now)
    return token.refresh_until is not None and token.refresh_until <= now


def _seen(token: Token | None) -> Token | None:
    if token is not None:
        logs.hide_also(token.secrets)
    return token


def _reason(token: Token, now: datetime) -> str | None:
    """Why a token is of no use; a key that was refused is tried again: it may be mended there."""
    if token.refused == "revoked" and token.way != "key":
        return REVOKED
    if token.lapsed(now) or (token.refused and token.way != "key"):
        return LAPSED
    return None


def authority_of(space: Workspace, connection: Connection, token: Token | None = None) -> Authority:
    """The platform's OAuth with the app's credentials: of the environment, else those kept with the
    token. Raises NotConnected (kind "unset") where there are none."""
    environ = space.environ
    id = environ.get(connection.id) or (token.client_id if token else None)
    secret = environ.get(connection.secret) or (token.client_secret if token else None)
    if token is not None and token.way == "file":
        id = ""
    if id is None:
        raise NotConnected(connection.id, where=connection.platform, kind="unset")
    if secret:
        logs.hide_also((secret,))
    watchlist = space.watchlist
    return Authority(
        connection, watchlist.platform(connection.platform), space.clock, (id, secret),
        watchlist.workspace.contact,
    )  # fmt: skip


def note(space: Workspace, crawlers: Sequence[Crawler], sources: Sequence[SourceRun]) -> None:
    """Keeps with each token what its platform said of it in a crawl: refused, or good again."""
    for crawler in crawlers:
        names = {*crawler.requires, *getattr(crawler, "keys", ())}
        for connection in (BY_VARIABLE[name] for name in names if name in BY_VARIABLE):
            if space.environ.sets(connection.variable):
                continue
            its = [source for source in sources if source.platform == crawler.name]
            told = _told(its)
            if told == "silent" or space.vault.get(connection.platform) is None:
                continue
            with space.vault.locked():
                token = space.vault.get(connection.platform)
                if token is not None and token.refused != told:
                    space.vault.put(token.model_copy(update={"refused": told}))


def _told(sources: Sequence[SourceRun]) -> str | None:
    """What a platform's sources say of the token: "revoked", "lapsed", None where it is good, and
    "silent" where they say nothing of it."""
    if any(source.requests and source.state in ("ok", "empty") for source in sources):
        return None
    for source in sources:
        reason = source.reason or ""
        if source.requests and reason.startswith(REVOKED):
            return "revoked"
        if source.requests and reason.startswith((LAPSED, "HTTP 401")):
            return "lapsed"
    return "silent"
