"""What is declared of a platform that asks who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Lang = Literal["fr", "en"]
# A key that is pasted; OAuth in a browser; an app's own id and secret, without a person; the file
# of a service account.
Way = Literal["key", "oauth", "app", "file"]
Challenge = Literal["none", "S256", "hex"]
ClientAuth = Literal["client_secret_basic", "client_secret_post", "client_key"]


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    fr: str
    en: str

    def said(self, lang: Lang) -> str:
        return self.fr if lang == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Trial:
    """One cheap call that tells whether a key is good: `path` and `headers` hold `{key}` where it
    goes. `bad` are the statuses that refuse a key; others than these and 2xx tell nothing."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    bad: tuple[int, ...] = (401, 403)


@dataclass(frozen=True, slots=True)
class Exchange:
    """How Meta makes a token last: a token for a longer one, at an address of its own. `token` is
    the name under which the old one travels; `secret` whether the app's id and secret go along."""

    url: str
    grant: str
    token: str
    secret: bool = True
    method: Literal["GET", "POST"] = "GET"


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where and how a platform gives tokens. Addresses hold `{version}` where the API has one."""

    token: str
    authorize: str = ""  # none: a person is not asked
    revoke: str = ""
    scopes: tuple[str, ...] = ()  # without which something is not read
    separator: str = " "
    challenge: Challenge = "none"
    client: ClientAuth = "client_secret_post"
    public: bool = False  # an app may have no secret
    asked: Mapping[str, str] = field(default_factory=dict)  # further parameters of the question
    given: Mapping[str, str] = field(default_factory=dict)  # of the call for a token
    app_scope: str = ""  # asked for with the app's own id and secret
    exchange: Exchange | None = None
    again: Exchange | None = None  # how a token that was exchanged is renewed
    early: timedelta = timedelta(0)  # how long before its end a token is renewed, at the least
    permissions: str = ""  # address that lists what was granted
    pages: str = ""  # address that lists the pages of a person, with a token for each
    host: str = "127.0.0.1"  # how the redirect names this machine
    https: bool = False  # only https redirects are taken: the address is pasted
    any_port: bool = False  # the redirect may name any port


@dataclass(frozen=True, slots=True)
class Connection:
    """One platform. `id` and `secret` are the names of the app's credentials in the environment."""

    platform: str
    variable: str  # in which crawlers find the token
    ways: tuple[Way, ...]  # the first is taken unless another is asked for
    where: str  # the page on which the app or the key is made
    approval: Words  # what the platform has to agree to
    cost: Words
    host: str = ""  # of the trial
    trial: Trial | None = None
    oauth: OAuth | None = None
    version: str = ""
    optional: bool = False  # most is read without

    @property
    def id(self) -> str:
        return f"{self.platform.upper()}_CLIENT_ID"

    @property
    def secret(self) -> str:
        return f"{self.platform.upper()}_CLIENT_SECRET"
