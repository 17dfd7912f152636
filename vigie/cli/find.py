"""Finding: search, trends, alerts, benchmark, influencers, metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from vigie.cli.options import AsJson, Folder, Language, Last, Since, Until, Usage, opened, period
from vigie.cli.words import both, show, tell

if TYPE_CHECKING:
    from vigie.locales.wording import Wording
    from vigie.records import Alert, Benchmark, Influencer, Trend
    from vigie.workspace import Workspace

    F = TypeVar("F", Trend, Alert, Influencer, Benchmark)


def search(
    query: Annotated[str, typer.Argument(help=both("La requête.", "The query."))],
    sort: Annotated[
        str,
        typer.Option(
            help=both(
                "Tri : -published_at, published_at, relevance…",
                "Order: -published_at, published_at, relevance…",
            )
        ),
    ] = "-published_at",
    limit: Annotated[
        int,
        typer.Option(
            min=0,
            help=both("Nombre de publications ; 0 les compte.", "How many posts; 0 counts them."),
        ),
    ] = 20,
    ids: Annotated[
        bool, typer.Option("--ids", help=both("Seulement les identifiants.", "Only the ids."))
    ] = False,
    since: Since = None,
    until: Until = None,
    last: Last = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.errors import StoreError
    from vigie.policies import Policies, set_apart
    from vigie.ranking import ranked
    from vigie.store import Filters
    from vigie.store.searching import sort_field

    if sort != "relevance":
        try:
            sort_field(sort)
        except StoreError as error:
            raise Usage(error.what, where="--sort", do=error.do) from error
    with opened(workspace, lang) as space:
        begin, end = period(space, since, until, last)
        filters = Filters(since=begin, until=end)
        policies = Policies(space.watchlist)
        found = ranked(space.store, policies, query, filters, sort=sort, size=limit)
        told = [set_apart(platform, space.lang) for platform in found.apart]
        if ids:
            for line in told:
                tell(line)
            for hit in found.hits:
                print(hit.post.id)
            return
        if not found.total:
            _why_none(query, space)
        document: dict[str, Any] = {
            "total": found.total,
            "posts": [hit.post.model_dump(mode="json") for hit in found.hits],
        }
        if found.apart:
            document["apart"] = found.apart
        lines: list[str] = []
        if not as_json:
            from vigie.cli import tables

            w = reader(space)
            total = w.plural("%(n)s post", "%(n)s posts", found.total) % {
                "n": w.number(found.total)
            }
            lines = [total, *told, *tables.posts([hit.post for hit in found.hits], w)]
        show(document, as_json=as_json, lines=lines)


def _why_none(query: str, space: Workspace) -> None:
    """Says, beside the answer, what in a query that finds nothing is probably not meant."""
    from vigie.cli.checking import remark_line
    from vigie.query.linting import Context, lint

    for finding in lint(query, context=Context(space.watchlist.workspace.timezone)):
        if finding.severity != "advice" and finding.problem is None:
            tell(remark_line(finding, space.lang))


def trends(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.records import Trend

    _findings(Trend, workspace, lang, as_json)


def alerts(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.records import Alert

    _findings(Alert, workspace, lang, as_json)


def benchmark(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.records import Benchmark

    _findings(Benchmark, workspace, lang, as_json)


def influencers(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.records import Influencer

    _findings(Influencer, workspace, lang, as_json)


def metrics(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.cli.words import language
    from vigie.metrics import DEFINITIONS

    # Definitions are the same everywhere: a workspace only says which language is read.
    spoken = language(lang) if workspace is None else opened(workspace, lang).lang
    lines = [f"{one.id:<28} v{one.version}  {one.title[spoken]}" for one in DEFINITIONS.values()]
    show(
        [one.model_dump(mode="json") for one in DEFINITIONS.values()], as_json=as_json, lines=lines
    )


def reader(space: Workspace) -> Wording:
    """How the reader of a workspace writes numbers and times."""
    from vigie.locales.wording import Wording

    return Wording(space.lang, space.watchlist.workspace.timezone)


def _left_out(kind: type[F], space: Workspace) -> list[str]:
    """What the platforms' terms keep out of findings of a kind, and why."""
    from vigie.exports.posts import networks
    from vigie.policies import Policies, Rule

    rules: dict[str, Rule] = {"benchmark": "mixed", "influencer": "people"}
    rule = rules.get(kind.record_kind)
    if rule is None:
        return []
    return Policies(space.watchlist).remarks(rule, networks(space.store), space.lang)


def _findings(kind: type[F], workspace: Folder, lang: Language, as_json: bool) -> None:
    """What the last analysis found of a kind: a document, or a table."""
    from vigie.findings import last_analysis, latest

    with opened(workspace, lang) as space:
        found = latest(space.store, kind)
        lines: list[str] = []
        if not as_json:
            from vigie.cli import tables

            fr = space.lang == "fr"
            lines = tables.FINDINGS[kind.record_kind](found, space.watchlist, reader(space))
            if last_analysis(space.store) is None:
                lines = ["pas encore d'analyse : vigie run" if fr else "no analysis yet: vigie run"]
            elif not lines:
                lines = ["rien d'inhabituel" if fr else "nothing unusual"]
            lines += _left_out(kind, space)
        show([one.model_dump(mode="json") for one in found], as_json=as_json, lines=lines)
