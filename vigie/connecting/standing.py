"""How each connection stands: since when, until when, with which scopes, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from vigie.connecting.catalogue import CONNECTIONS
from vigie.connecting.declarations import Connection, Lang
from vigie.connecting.protocol import missing
from vigie.connecting.tokens import Token

if TYPE_CHECKING:
    from vigie.workspace import Workspace

State = Literal["connected", "set", "lapsed", "revoked", "open"]
STATES = {
    "connected": ("connecté", "connected"),
    "set": ("réglé à la main", "set by hand"),
    "lapsed": ("jeton expiré", "token lapsed"),
    "revoked": ("accord retiré", "approval revoked"),
    "open": ("non connecté", "not connected"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One platform's connection; "set" is a value of the environment or `.env`."""

    connection: Connection
    state: State
    token: Token | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        oauth, token = self.connection.oauth, self.token
        if oauth is None or token is None or token.way != "oauth":
            return ()
        return missing(oauth, token.scopes)

    @property
    def renews(self) -> bool:
        token = self.token
        return token is not None and (bool(token.refresh) or token.way in ("app", "file"))

    @property
    def calm(self) -> bool:
        """Whether nothing is to be done about it, now or on some day."""
        if self.state == "set" or (self.state == "open" and self.connection.optional):
            return True
        token = self.token
        ends = token is not None and token.until is not None and not self.renews
        return self.state == "connected" and not self.missing and not ends

    @property
    def words(self) -> tuple[str, str]:
        """The state in French and English; a key has no end, so it is refused."""
        if self.state == "lapsed" and self.token is not None and self.token.way == "key":
            return ("clé refusée", "key refused")
        return STATES[self.state]

    def document(self, lang: Lang) -> dict[str, Any]:
        token = self.token
        return {
            "platform": self.connection.platform,
            "state": self.state,
            "way": token.way if token else None,
            "account": token.account if token else None,
            "since": _iso(token.since if token else None),
            "until": _iso(token.until if token else None),
            "renews": self.renews,
            "scopes": list(token.scopes) if token and token.scopes is not None else None,
            "missing": list(self.missing),
            "needs": self.connection.approval.said(lang),
            "where": self.connection.where,
            "variable": self.connection.variable,
        }

    def line(self, lang: Lang) -> str:
        """For a person: the state, and what to do where something is to be done."""
        french, token, name = lang == "fr", self.token, self.connection.platform
        parts = [self.words[0 if french else 1]]
        if self.state == "set":
            parts.append(self.connection.variable)
        if token is not None:
            parts.append(f"{'depuis le' if french else 'since'} {token.since:%Y-%m-%d}")
            if token.account:
                parts.append(token.account)
            if token.until:
                parts.append(
                    f"{'jusqu’au' if french else 'until'} {token.until:%Y-%m-%d %H:%M} UTC"
                )
            if token.scopes and token.scopes != ("*",):  # of Reddit: all
                parts.append(" ".join(token.scopes))
        if self.missing:
            lacking = ", ".join(self.missing)
            parts.append(f"{'il manque' if french else 'missing:'} {lacking}")
            parts.append(f"{self.connection.approval.said(lang)} → {self.connection.where}")
        if self.state == "open":
            parts.append(self.connection.approval.said(lang))
        if self.state in ("lapsed", "revoked", "open") and not self.calm:
            parts.append(f"→ vigie connect {name}")
        return f"{name:<17}{' · '.join(parts)}"


def standings(space: Workspace, platforms: Iterable[str] | None = None) -> list[Standing]:
    """The connections of these platforms, or of all. Raises ConfigError where the vault cannot be
    read."""
    wanted = CONNECTIONS if platforms is None else [p for p in platforms if p in CONNECTIONS]
    return [_standing(space, CONNECTIONS[name], space.clock.now()) for name in wanted]


def brief(told: Iterable[Standing], lang: Lang) -> list[str]:
    """A line a state of those that ask for nothing, then each of the others with what to do."""
    told, french = list(told), lang == "fr"
    lines = []
    for state in ("connected", "set"):
        names = [one.connection.platform for one in told if one.calm and one.state == state]
        if names:
            colon = "\u00a0:" if french else ":"
            lines.append(f"{STATES[state][0 if french else 1]}{colon} {', '.join(names)}")
    return lines + [one.line(lang) for one in told if not one.calm]


def _standing(space: Workspace, connection: Connection, now: datetime) -> Standing:
    if space.environ.sets(connection.variable):
        return Standing(connection, "set")
    token = space.vault.get(connection.platform)
    if token is None:
        return Standing(connection, "open")
    renews = token.refresh is not None or token.way in ("app", "file")
    if token.refused:
        return Standing(connection, token.refused, token)
    if token.lapsed(now) and not renews:
        return Standing(connection, "lapsed", token)
    return Standing(connection, "connected", token)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
