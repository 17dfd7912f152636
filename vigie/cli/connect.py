"""Connecting platforms: connect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.options import AsJson, Folder, Language, Usage, opened
from vigie.cli.telling import colon
from vigie.cli.words import Lang, both, said, show, tell
from vigie.errors import NotConnected
from vigie.locales.errors import worded

if TYPE_CHECKING:
    from vigie.connecting.declarations import Connection, Way
    from vigie.connecting.flow import Manner
    from vigie.connecting.tokens import Token
    from vigie.workspace import Workspace


def connect(
    platform: Annotated[
        str | None,
        typer.Argument(help=both("La plateforme : x, youtube…", "The platform: x, youtube, …")),
    ] = None,
    way: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="key|oauth|app|file",
            help=both(
                "Une clé à coller, le navigateur, l'app seule, ou un fichier.",
                "A key to paste, the browser, the app alone, or a file.",
            ),
        ),
    ] = None,
    listing: Annotated[
        bool,
        typer.Option("--list", help=both("Montre chaque connexion.", "Shows each connection.")),
    ] = False,
    forget: Annotated[
        bool,
        typer.Option("--forget", help=both("Rend et oublie le jeton.", "Revokes and forgets it.")),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help=both("Port du retour ; 0 : libre.", "Port to come back to; 0: a free one."),
        ),
    ] = None,
    browser: Annotated[
        bool,
        typer.Option(
            "--browser/--no-browser",
            help=both("Ouvre ou non un navigateur.", "Whether a browser is opened."),
        ),
    ] = True,
    redirect: Annotated[
        str | None,
        typer.Option(
            help=both(
                "Adresse de retour inscrite ailleurs ; à coller ensuite.",
                "Redirect address registered elsewhere; paste where it led.",
            )
        ),
    ] = None,
    page: Annotated[
        str | None, typer.Option(help=both("Id de la page (Meta).", "Id of the page (Meta)."))
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help=both("Fichier du compte de service.", "The service account's file.")),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(min=1.0, help=both("Secondes d'attente.", "Seconds to wait for the browser.")),
    ] = 300.0,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.connecting.catalogue import CONNECTIONS, connection_of
    from vigie.connecting.flow import Manner, explained
    from vigie.connecting.standing import standings

    with opened(workspace, lang) as space:
        if platform is None and (forget or way or not listing):
            raise Usage("which platform?", where="connect", do=f"{', '.join(CONNECTIONS)}, --list")
        chosen = [platform] if platform else None
        if platform is not None and not listing:
            connection = connection_of(platform, space.lang)
            manner = Manner(
                lang=space.lang,
                show=lambda url: _shown(url, browser, space.lang),
                paste=lambda: _asked("Adresse", "Address", space.lang, hidden=True),
                port=port,
                redirect=redirect,
                wait_s=wait,
            )
            try:
                if forget:
                    _forget(space, connection)
                else:
                    _connect(space, connection, way, manner, page, file)
            except NotConnected as error:
                raise explained(error, connection, space.lang) from None
        told = standings(space, chosen)
        document = [standing.document(space.lang) for standing in told]
        show(document, as_json=as_json, lines=[one.line(space.lang) for one in told])


def _connect(
    space: Workspace,
    connection: Connection,
    asked: str | None,
    manner: Manner,
    page: str | None,
    file: Path | None,
) -> None:
    settings = space.watchlist.platform(connection.platform)
    token: Token
    way = _way(connection, asked, file, settings.research_use)
    if way == "key":
        from vigie.connecting.flow import by_key

        _explain(connection, space.lang)
        key = _asked("Clé ou jeton", "Key or token", space.lang, hidden=True)
        contact = space.watchlist.workspace.contact
        token, untold = by_key(connection, settings, key, space.clock, contact, space.lang)
        if untold:
            tell(said(space.lang, f"clé gardée sans essai ({untold})",
                      f"the key is kept untried ({untold})"))  # fmt: skip
    else:
        token = _by_authority(space, connection, way, manner, page, file)
    with space.vault.locked():
        space.vault.put(token)
    _kept(space, connection)


def _by_authority(
    space: Workspace,
    connection: Connection,
    way: Way,
    manner: Manner,
    page: str | None,
    file: Path | None,
) -> Token:
    from vigie import logs
    from vigie.connecting.flow import by_oauth
    from vigie.connecting.protocol import Authority

    settings, lang = space.watchlist.platform(connection.platform), space.lang
    contact = space.watchlist.workspace.contact
    if way == "file":
        if file is None:
            raise Usage("which file?", where="--file", do="--file FILE.json")
        return Authority(connection, settings, space.clock, ("", None), contact).of_file(file)
    id, secret, typed = _app(space, connection)
    if secret:
        logs.hide_also((secret,))
    authority = Authority(connection, settings, space.clock, (id, secret), contact)
    _explain(connection, lang)
    if way == "app":
        token = authority.of_app()
    else:
        token = by_oauth(authority, manner, page or settings.own_id)
    return token.model_copy(update={"client_id": id, "client_secret": secret}) if typed else token


def _app(space: Workspace, connection: Connection) -> tuple[str, str | None, bool]:
    """The app's id and secret, and whether they were asked for: then they are kept with the
    token."""
    id, secret = (space.environ.get(name) or None for name in (connection.id, connection.secret))
    public = connection.oauth is not None and connection.oauth.public
    if id and (secret or public):
        return id, secret, False
    if not sys.stdin.isatty():
        names = connection.id if public else f"{connection.id}, {connection.secret}"
        raise NotConnected(names, where=connection.platform, kind="unset")
    _explain(connection, space.lang)
    id = id or _asked("Identifiant de l'app", "The app's id", space.lang)
    secret = secret or _asked("Secret de l'app", "The app's secret", space.lang, hidden=True)
    return id, secret or None, True


def _way(connection: Connection, asked: str | None, file: Path | None, research: bool) -> Way:
    """How a platform is connected."""
    if asked is None and file is not None and "file" in connection.ways:
        return "file"
    if asked is None and research and "app" in connection.ways:
        return "app"
    if asked is None:
        return connection.ways[0]
    for way in connection.ways:
        if way == asked:
            return way
    ways = ", ".join(connection.ways)
    raise Usage(f"{connection.platform} takes no {asked!r}", where="--with", do=ways)


def _forget(space: Workspace, connection: Connection) -> None:
    """Tells the platform, then forgets, whatever it said."""
    from vigie.connecting.renewing import authority_of

    lang = space.lang
    with space.vault.locked():
        token = space.vault.get(connection.platform)
        if token is None:
            tell(said(lang, "rien à oublier", "nothing to forget"))
            return
        told = False
        try:
            if connection.oauth is not None and token.way in ("oauth", "app"):
                told = authority_of(space, connection, token).revoke(token)
        except NotConnected as error:
            tell(f"{connection.platform}: {worded(error.what, lang)}")
        space.vault.forget(connection.platform)
    if told:
        tell(said(lang, "jeton rendu à la plateforme et oublié", "token revoked and forgotten"))
        return
    tell(said(lang, "jeton oublié ici ; retirez aussi l'accès dans les réglages de la plateforme",
              "forgotten here; withdraw the access in the platform's settings, too"))  # fmt: skip


def _kept(space: Workspace, connection: Connection) -> None:
    lang, place = space.lang, space.vault.place
    tell(said(lang, f"gardé : {place}", f"kept: {place}"))
    if space.environ.sets(connection.variable):
        tell(said(lang, f"{connection.variable} est aussi réglé à la main et passe avant",
                  f"{connection.variable} is set by hand as well and goes before"))  # fmt: skip


def _explain(connection: Connection, lang: Lang) -> None:
    """What is needed, where, and what it costs."""
    needs, cost = said(lang, "il faut", "needed"), said(lang, "coût", "cost")
    tell(
        f"{needs}{colon(lang)} {connection.approval.said(lang)}"
        + f" → {connection.where}".rstrip("→ ")
    )
    tell(f"{cost}{colon(lang)} {connection.cost.said(lang)}")


def _shown(url: str, browser: bool, lang: Lang) -> None:
    tell(said(lang, "Ouvrez cette adresse et acceptez :", "Open this address and agree:"))
    print(url, file=sys.stderr, flush=True)
    if browser and _has_screen():
        import webbrowser

        webbrowser.open(url)


def _has_screen() -> bool:
    """Whether a browser would open a window: one in the terminal would take it over."""
    import os

    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _asked(fr: str, en: str, lang: Lang, *, hidden: bool = False) -> str:
    """A line that a person types, unseen where it is a secret, or one of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    told: Any = typer.prompt(said(lang, fr, en), hide_input=hidden, err=True)
    return str(told).strip()
