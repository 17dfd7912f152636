"""Finding: search, trends, alerts, benchmark, influencers, metrics."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vigie.cli.options import AsJson, Folder, Language, Last, Since, Until, opened, period
from vigie.cli.words import both, show


def search(
    query: Annotated[str, typer.Argument(help=both("La requête.", "The query."))],
    sort: Annotated[str, typer.Option(help=both("Tri.", "Order."))] = "-published_at",
    limit: Annotated[int, typer.Option(min=0, help=both("Combien.", "How many."))] = 20,
    ids: Annotated[bool, typer.Option("--ids", help=both("Ids seuls.", "Only ids."))] = False,
    since: Since = None,
    until: Until = None,
    last: Last = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.store import Filters, Page

    with opened(workspace, lang) as space:
        begin, end = period(space, since, until, last)
        filters = Filters(since=begin, until=end)
        found = space.store.search(query, filters, sort, Page(size=limit))
        if ids:
            for hit in found.hits:
                print(hit.post.id)
            return
        document = {
            "total": found.total,
            "posts": [hit.post.model_dump(mode="json") for hit in found.hits],
        }
        lines = [f"{found.total} posts" if space.lang == "en" else f"{found.total} publications"]
        for hit in found.hits:
            post = hit.post
            words = " ".join((post.text or post.title or "").split())[:100]
            who = post.author.handle or post.author.name or "–"
            lines.append(f"{post.published_at:%Y-%m-%d %H:%M}  {post.platform:<11} {who}: {words}")
        show(document, as_json=as_json, lines=lines)


def trends(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.findings import latest
    from vigie.records import Trend

    with opened(workspace, lang) as space:
        found = latest(space.store, Trend)
        lines = [
            f"{trend.stage:<10} {trend.name:<40} {trend.posts} posts, {trend.authors} authors"
            + (f", × {trend.growth:.1f}" if trend.growth else "")
            for trend in found
        ]
        show(_dumped(found), as_json=as_json, lines=lines or [_nothing()])


def alerts(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.findings import latest
    from vigie.records import Alert

    with opened(workspace, lang) as space:
        found = latest(space.store, Alert)
        lines = [
            f"{alert.started_at:%Y-%m-%d %H:%M}  {alert.kind:<12} {alert.subject} "
            f"({alert.severity}/10, {alert.observed:g} / {alert.expected:.1f})"
            for alert in found
        ]
        show(_dumped(found), as_json=as_json, lines=lines or [_nothing()])


def benchmark(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.findings import latest
    from vigie.records import Benchmark

    with opened(workspace, lang) as space:
        found = latest(space.store, Benchmark)
        lines = []
        for row in found:
            if row.platform is None:
                figures = ", ".join(
                    f"{name} {figure['value']:g}"
                    for name, figure in row.figures.items()
                    if isinstance(figure.get("value"), int | float)
                )
                lines.append(f"{row.brand:<16} {figures}")
        show(_dumped(found), as_json=as_json, lines=lines or [_nothing()])


def influencers(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.findings import latest
    from vigie.records import Influencer

    with opened(workspace, lang) as space:
        found = latest(space.store, Influencer)
        lines = [
            f"{one.score:5.1f}  {one.kind:<10} {one.platform:<10} {one.handle or one.name}"
            for one in found
        ]
        show(_dumped(found), as_json=as_json, lines=lines or [_nothing()])


def metrics(lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.cli.words import language
    from vigie.metrics import DEFINITIONS

    spoken = language(lang)
    lines = [f"{one.id:<28} v{one.version}  {one.title[spoken]}" for one in DEFINITIONS.values()]
    show(
        [one.model_dump(mode="json") for one in DEFINITIONS.values()], as_json=as_json, lines=lines
    )


def _dumped(found: list[Any]) -> list[dict[str, Any]]:
    return [finding.model_dump(mode="json") for finding in found]


def _nothing() -> str:
    return both("rien d'inhabituel", "nothing unusual")
