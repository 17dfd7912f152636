"""Keeping: rebuild, remap, verify, backup, restore, migrate, prune."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.options import AsJson, Folder, Language, Usage, opened
from vigie.cli.telling import count_lines, grouped, progress
from vigie.cli.words import Lang, both, language, said, show, tell
from vigie.errors import ConfigError
from vigie.workspace import FILE, Workspace

if TYPE_CHECKING:
    from vigie.store.moving import Progress, Sums

ENGINES = ("embedded", "opensearch")


def rebuild(
    store: Annotated[
        str | None,
        typer.Option(
            help=both(
                "Base à refaire : embedded ou opensearch, sinon celle de [store].",
                "Store to make: embedded or opensearch, else that of [store].",
            )
        ),
    ] = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    if store not in (None, *ENGINES):
        raise Usage(f"no store {store!r}", where="--store", do=", ".join(ENGINES))
    with opened(workspace, lang, read_only=False) as space:
        if store is not None:
            space.choose(store)
        _rebuild(space, as_json)


def _rebuild(space: Workspace, as_json: bool) -> None:
    from vigie.backfills import replay

    with space.alone("run"):
        counted = dict(replay(space, progress=progress(space.lang)))
        show(counted, as_json=as_json, lines=count_lines(counted, space.lang))


def remap(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.backfills import replay

    with opened(workspace, lang, read_only=False) as space, space.alone("run"):
        counted = dict(replay(space, what="remap", progress=progress(space.lang)))
        show(counted, as_json=as_json, lines=count_lines(counted, space.lang))


def verify(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.verifying import verify as differences

    with opened(workspace, lang) as space:
        wrong = differences(space)
        lines = wrong or [said(space.lang, "tout concorde", "all agree")]
        show({"ok": not wrong, "differences": wrong}, as_json=as_json, lines=lines)
    if wrong:
        raise typer.Exit(1)


def prune(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.retention import horizon
    from vigie.retention import prune as take_out

    with opened(workspace, lang, read_only=False) as space:
        since = horizon(space)
        with space.alone("run"):
            counted = take_out(space)
        if since is None and not any(counted.values()):
            raise ConfigError(
                "nothing is ever too old",
                where=f"{space.dir / FILE}, [store]",
                do="keep_days = 400",
            )
        day = since.date().isoformat() if since else None
        posts, segments = grouped(counted["posts"], space.lang), counted["segments"]
        before = said(space.lang, f"avant le {day}", f"before {day}") if day else "–"
        line = said(
            space.lang,
            f"{before} : {posts} publications retirées, {segments} fichiers bruts",
            f"{before}: {posts} posts taken out, {segments} raw segments",
        )
        show({"before": day, **counted}, as_json=as_json, lines=[line])


def forget(
    account: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK:ACCOUNT",
            help=both(
                "Le compte : mastodon:ada@exemple.fr", "The account: mastodon:ada@example.org"
            ),
        ),
    ],
    yes: Annotated[
        bool, typer.Option("--yes", help=both("Efface sans demander.", "Erases without asking."))
    ] = False,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.erasing import copies, find
    from vigie.erasing import forget as erase
    from vigie.platforms import PLATFORMS

    platform, colon, handle = account.partition(":")
    if not colon or not handle or platform not in PLATFORMS:
        raise Usage(f"cannot read {account!r}", where="forget", do="NETWORK:ACCOUNT")
    with opened(workspace, lang, read_only=False) as space, space.alone("run"):
        words = space.lang
        person = find(space, platform, handle)
        document: dict[str, Any] = {
            "account": account,
            "posts": len(person.posts),
            "mentioned": len(person.mentioned),
            "erased": False,
        }
        posts, named = grouped(len(person.posts), words), grouped(len(person.mentioned), words)
        lines = [
            said(
                words,
                f"{posts} publications de ce compte, {named} d’autres qui le nomment",
                f"{posts} posts of this account, {named} of others that name it",
            )
        ]
        agreed = yes or (
            sys.stdin.isatty()
            and not as_json
            and typer.confirm(said(words, f"{lines[0]}. Effacer", f"{lines[0]}. Erase"))
        )
        if not agreed:
            lines.append(said(words, "→ --yes pour effacer", "→ --yes to erase"))
        else:
            told = erase(space, person)
            left = [str(path) for path in copies(space, person)]
            document |= {"erased": True, "done": dict(told), "copies": left}
            lines.append(_told_of(told, words))
            lines += [f"  {path}" for path in left]
            lines.append(
                said(
                    words,
                    "→ exports, notes et sauvegardes déjà sortis le nomment peut-être encore ; sur "
                    "chaque poste qui collecte, lancez la même commande",
                    "→ exports, briefings and backups that left before may name it still; run this "
                    "on every machine that collects",
                )
            )
        show(document, as_json=as_json, lines=lines)


def _told_of(done: Counter[str], lang: Lang) -> str:
    number = {name: grouped(done[name], lang) for name in ("posts", "records", "answers", "masked")}
    return said(
        lang,
        "effacé : {posts} publications, {records} fiches ; {answers} réponses brutes réécrites, "
        "{masked} publications d’autrui masquées",
        "erased: {posts} posts, {records} records; {answers} raw answers rewritten, {masked} posts "
        "of others masked",
    ).format(**number)


File = Annotated[Path, typer.Argument(help=both("Fichier de sauvegarde.", "Backup file."))]
Engine = Annotated[str, typer.Argument(help="embedded, opensearch")]


def backup(
    file: File,
    repository: Annotated[
        str | None,
        typer.Option(
            help=both(
                "Prend aussi un instantané du cluster dans ce dépôt, déjà déclaré.",
                "Also takes a snapshot of the cluster in this repository, registered there.",
            )
        ),
    ] = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.archiving import backup as write

    with opened(workspace, lang) as space, space.alone("run"):
        document: dict[str, Any] = {"file": str(file)}
        if repository is not None:
            from vigie.store.snapshots import snapshot

            document["snapshot"] = snapshot(space.store, repository, space.clock.now())
        sums = write(space, file, _progress(space.lang))
        document["counts"] = sums.counts
        lines = [f"{file}  ({file.stat().st_size / 1e6:.1f} MB)", *_counted(sums, space.lang)]
        show(document, as_json=as_json, lines=lines)


def restore(
    file: File,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.archiving import restore as read

    words, folder = language(lang), workspace or Path.cwd()
    sums = read(file, folder, _progress(words))
    lines = [
        *_counted(sums, words),
        said(
            words,
            f"→ clés et mots de passe : recopiez .env dans {folder}",
            f"→ keys and passwords: copy .env into {folder}",
        ),
    ]
    show({"workspace": str(folder), "counts": sums.counts}, as_json=as_json, lines=lines)


def migrate(
    source: Engine,
    target: Engine,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.store.moving import move

    with opened(workspace, lang, read_only=False) as space, space.alone("run"):
        settings = space.watchlist.store
        for name in (source, target):
            if name not in ENGINES:
                raise Usage(f"no store {name!r}", where="migrate", do=", ".join(ENGINES))
        if source == target:
            raise Usage("from a store to itself", where="migrate", do=" ".join(ENGINES))
        here = space.open_store(settings.model_copy(update={"engine": source}), read_only=True)
        there = space.open_store(settings.model_copy(update={"engine": target}))
        try:
            sums = move(here, there, _progress(space.lang))
        finally:
            here.close()
            there.close()
        lines = _counted(sums, space.lang)
        if settings.engine != target:
            line = f'engine = "{target}"'
            lines.append(
                said(
                    space.lang,
                    f"→ écrivez {line} sous [store] dans {space.dir / FILE}",
                    f"→ write {line} below [store] in {space.dir / FILE}",
                )
            )
        show({"from": source, "to": target, "counts": sums.counts}, as_json=as_json, lines=lines)


def _counted(sums: Sums, lang: Lang) -> list[str]:
    return [f"  {kind:<16} {grouped(number, lang):>12}" for kind, number in sums.counts.items()]


def _progress(lang: Lang) -> Progress:
    def told(kind: str, number: int) -> None:
        tell(f"{kind} {grouped(number, lang)}")

    return told
