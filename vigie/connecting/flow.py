"""The whole way of `vigie connect`: ask, wait, redeem, try, keep; and the words for what fails."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from vigie import logs
from vigie.clock import Clock
from vigie.connecting.asking import ask
from vigie.connecting.declarations import Connection, Lang, Words
from vigie.connecting.listening import PATH, PORT, Listener, pasted
from vigie.connecting.protocol import Authority, refused
from vigie.connecting.tokens import Token
from vigie.errors import ConfigError, NotConnected
from vigie.watchlist import Platform

WAIT_S = 300.0
CHOICES = 20  # pages that are named where one has to be chosen


@dataclass(frozen=True, slots=True)
class Manner:
    """How a person is asked. `show` is given the address; `paste` reads the address that a browser
    was led to, where the redirect leads elsewhere than to this machine."""

    lang: Lang
    show: Callable[[str], None]
    paste: Callable[[], str]
    port: int | None = None  # None: the one that is registered, or any where any may be
    redirect: str | None = None
    wait_s: float = WAIT_S


def by_oauth(authority: Authority, manner: Manner, page: str | None = None) -> Token:
    """Asks a person in a browser and answers with the token. Raises NotConnected in words."""
    connection, oauth = authority.connection, authority.oauth
    state = secrets.token_urlsafe(32)
    verifier = secrets.token_urlsafe(48) if oauth.challenge != "none" else None
    logs.hide_also([verifier] if verifier else ())
    if oauth.https and not manner.redirect and not authority.stands_in:
        raise ConfigError(
            "takes only https redirects, which no listener on this machine has",
            where=connection.platform,
            do="register an https address, then --redirect https://… and paste where it led",
        )
    if manner.redirect and urlsplit(manner.redirect).hostname not in ("127.0.0.1", "localhost"):
        redirect = manner.redirect
        manner.show(authority.question(redirect, state, verifier))
        given = pasted(manner.paste(), state)
    else:
        port = manner.port if manner.port is not None else (0 if oauth.any_port else PORT)
        with Listener(state, manner.lang, port) as listener:
            redirect = manner.redirect or f"http://{oauth.host}:{listener.port}{PATH}"
            manner.show(authority.question(redirect, state, verifier))
            given = listener.wait(manner.wait_s)
    if "code" not in given:
        words = given.get("error_description") or given.get("error_message")
        raise refused(connection.platform, given.get("error") or given.get("error_code"), words)
    logs.hide_also((given["code"],))
    token = authority.redeem(given["code"], redirect, verifier)
    logs.hide_also(token.secrets)
    return _page_of(authority, _with_grants(authority, token), page)


def by_key(
    connection: Connection,
    settings: Platform,
    key: str,
    clock: Clock,
    contact: str = "",
    lang: Lang = "en",
) -> tuple[Token, str | None]:
    """A key that was tried, and why nothing could be told of it, if so. Raises NotConnected where
    the platform refuses it or does not answer, ConfigError where it cannot be one."""
    if not key or len(key.split()) != 1 or not key.isascii() or not key.isprintable():
        raise ConfigError(
            "that is no key",
            where=connection.platform,
            do="paste it whole",
        )
    logs.hide_also((key,))
    token = Token(platform=connection.platform, way="key", access=key, since=clock.now())
    trial, base = connection.trial, settings.url or connection.host
    if trial is None:
        return token, None
    if not base:
        raise ConfigError(
            "which server is the key for?",
            where=connection.platform,
            do=f'[platforms.{connection.platform}] url = "https://…" in vigie.toml',
        )
    path = trial.path.replace("{key}", quote(key, safe=":"))
    headers = {name: value.replace("{key}", key) for name, value in trial.headers.items()}
    answer = ask("GET", base.rstrip("/") + path, headers=headers, contact=contact)
    if answer.status_code in trial.bad:
        raise NotConnected(f"HTTP {answer.status_code}", where=connection.platform, kind="key")
    return token, None if answer.status_code < 300 else f"HTTP {answer.status_code}"


def _with_grants(authority: Authority, token: Token) -> Token:
    return token.model_copy(update={"scopes": authority.granted(token)})


def _page_of(authority: Authority, token: Token, wanted: str | None) -> Token:
    """Meta: the token of the page that is wanted, or of the only one; others as they are."""
    if not authority.oauth.pages:
        return token
    pages = [page for page in authority.pages(token) if page.get("access_token")]
    chosen = [page for page in pages if not wanted or str(page.get("id")) == wanted]
    if not pages:
        raise NotConnected(
            "this person manages no page, or left all of them out",
            where=token.platform, kind="scope",
        )  # fmt: skip
    if len(chosen) != 1:
        named = ", ".join(f"{page.get('id')} ({page.get('name')})" for page in pages[:CHOICES])
        raise ConfigError(f"which page? {named}", where=token.platform, do="--page ID")
    page = chosen[0]
    told = {"access": str(page["access_token"]), "parent": token.access, "until": None,
            "account": f"{page.get('name')} ({page.get('id')})"}  # fmt: skip
    return token.model_copy(update=told)


_APP = Words("mettez {names} dans .env ; l’app se fait à {where}",
             "write {names} into .env; the app is made at {where}")  # fmt: skip
_WHY = {
    "denied": Words("L’accord a été refusé dans le navigateur.",
                    "Permission was refused in the browser."),
    "scope": Words("L’app n’a pas l’accord qu’il faut.", "The app lacks an approval."),
    "unset": Words("Faites d’abord une app chez la plateforme ; il manque son identifiant ou son "
                   "secret.",
                   "Make an app at the platform first; its id or secret is not set."),
    "app": Words("L’identifiant ou le secret de l’app est refusé.",
                 "The app's id or secret is refused."),
    "key": Words("La plateforme refuse cette clé.", "The platform refuses this key."),
    "grant": Words("La plateforme n’a pas donné de jeton.", "The platform gave no token."),
    "unreachable": Words("La plateforme ne répond pas comme il faut : réessayez plus tard.",
                         "The platform does not answer as it should: try again later."),
    "late": Words("Personne n’est revenu du navigateur à temps : relancez la commande.",
                  "Nobody came back from the browser in time: run the command again."),
}  # fmt: skip


def explained(error: NotConnected, connection: Connection, lang: Lang) -> NotConnected:
    """The error in the reader's words, with whom to turn to."""
    why = _WHY.get(error.kind, _WHY["grant"]).said(lang)
    names = f"{connection.id}, {connection.secret}"
    app = _APP.said(lang).format(names=names, where=connection.where)
    do = {
        "scope": f"{connection.approval.said(lang)} → {connection.where}",
        "denied": f"vigie connect {connection.platform} ({connection.approval.said(lang)} → "
        f"{connection.where})",
        "app": app,
        "unset": app,
        "key": connection.where or connection.approval.said(lang),
    }.get(error.kind, f"vigie connect {connection.platform}")
    why = why.rstrip(".")
    told = why if error.kind == "unset" else f"{why} ({error.what})"  # that names what is not set
    return NotConnected(told, where=connection.platform, do=do, kind=error.kind)
