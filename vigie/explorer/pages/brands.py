"""Brands: who is ahead and why; one brand: what it does, and what works for it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from vigie.explorer.charts import chart
from vigie.explorer.desk import Desk
from vigie.explorer.drawing import Chart
from vigie.explorer.figures import (
    NARROW,
    benchmark_tile,
    benchmarks,
    count_tile,
    daily,
    doubt,
    figure_of,
    moved,
    sentiment_tile,
    share_tile,
    written,
)
from vigie.explorer.findings_charts import of_formats
from vigie.explorer.pages.overview import published, value_of
from vigie.explorer.render import answer, phrase
from vigie.explorer.scope import Scope
from vigie.explorer.sentences import of_kinds, of_subject
from vigie.metrics import DEFINITIONS
from vigie.panels.breakdowns import PUBLISHED

# The table's columns: counted live, then what the last run measured.
MEASURED = (
    "posts.owned",
    "posts.per_week",
    "eng.at_age",
    "er_follower_post",
    "er_view",
    "followers",
    "growth.percent",
)
FIGURES = (*MEASURED, "posts.longest_gap", "eng.at_age_p90", "reach.potential", "reach.estimated",
           "sov.authors", "sov.engagement", "posts.share", "growth.net",
           "er_account_period")  # fmt: skip


def brands(desk: Desk) -> Response:
    return answer(
        desk,
        "brands.html",
        title=desk.words.text("Brands"),
        sentences=of_kinds(desk, ("voice", "leader", "sentiment", "format")),
        rows=table(desk),
        owned=published_only(desk),
        counting=[
            (desk.words.text("earned mentions"), desk.here(desk.scope.narrow(origin=None)),
             not desk.scope.get("origin")),
            (desk.words.text("the brands’ own posts"), desk.here(desk.scope.narrow(origin="owned")),
             published_only(desk)),
        ],
        measured=[DEFINITIONS[id] for id in columns(desk)],
        window=window(desk),
        charts=charts(desk),
        **best(desk),
        homonyms=[row for id in desk.brands if (row := homonyms(desk, id))],
    )  # fmt: skip


def charts(desk: Desk) -> list[Chart]:
    """Shares over time first; the tone of what others say, and what brands publish."""
    overall = {id: found for (id, platform), found in benchmarks(desk).items() if platform is None}
    formats = of_formats(desk, overall)
    if published_only(desk):
        return [chart(desk, "posts-share-over-time", counted(desk)), formats]
    voice = chart(desk, "voice-over-time", desk.scope)
    return [voice, chart(desk, "sentiment-by-brand", desk.scope), formats]


def columns(desk: Desk) -> list[str]:
    """The measured columns for which any brand has a value."""
    found = benchmarks(desk).values()
    told = ("posts.owned",) if published_only(desk) else ()  # counted beside them already
    return [
        id
        for id in MEASURED
        if id not in told
        and any((figure := figure_of(b, id)) and figure.value is not None for b in found)
    ]


def window(desk: Desk) -> str:
    found = next(iter(benchmarks(desk).values()), None)
    if found is None:
        return ""
    from datetime import timedelta

    last = found.window_end - timedelta(hours=1)
    return f"{desk.words.day(found.window_start)} – {desk.words.day(last)}"


def published_only(desk: Desk) -> bool:
    """Whether the view holds what brands published and nothing of others: its share is a share of
    posts then, never of voice."""
    return desk.scope.get("origin") == ("owned",)


def counted(desk: Desk) -> Scope:
    """What the table counts: earned mentions, or publications without the brands' answers."""
    if published_only(desk) and not desk.scope.get("kind"):
        return desk.scope.narrow(kind=PUBLISHED)
    return desk.scope.earned()


def table(desk: Desk) -> list[dict[str, Any]]:
    """One row per brand: earned mentions (or own posts, where the view holds nothing else), share
    and tone of this view; the benchmark's figures."""
    scope = counted(desk)
    by = "owner" if published_only(desk) else "brand"
    aggs: dict[str, Any] = {
        "brand": {
            "terms": {
                "field": "owner" if by == "owner" else "brands",
                "size": len(desk.brands) + 10,
            },
            "aggs": {
                "authors": {"cardinality": {"field": "author.id"}},
            },
        }
    }
    now = _by_brand(desk.ask(scope, aggs))
    before = scope.previous(desk.zone)
    old = _by_brand(desk.ask(before, aggs)) if before else {}
    total = sum(now[id]["doc_count"] for id in now if id in desk.brands)
    before_all = sum(old[id]["doc_count"] for id in old if id in desk.brands)
    found = benchmarks(desk)
    rows = []
    for id, brand in desk.brands.items():
        bucket = now.get(id)
        posts = bucket["doc_count"] if bucket else 0
        was = old[id]["doc_count"] if id in old else 0 if before else None
        mine = scope.narrow(brand=None).narrow(**{by: id})
        benchmark = found.get((id, None))
        rows.append(
            {
                "id": id,
                "name": brand.name,
                "own": brand.role == "own",
                "colour": desk.colours[id],
                "href": desk.page(f"/brands/{id}"),
                "mentions": posts,
                "scope": mine,
                "change": desk.words.change(posts, was),
                "authors": int(bucket["authors"]["value"]) if bucket else 0,
                "authors_change": desk.words.change(
                    bucket["authors"]["value"] if bucket else 0,
                    old[id]["authors"]["value"] if id in old else None,
                ),
                "share": posts / total if total else None,
                "share_change": points(desk, posts, total, was, before_all),
                "net": sentiment_tile(
                    desk,
                    id,
                    mine,
                    posts,
                    was,
                    beside=total - posts,
                ),
                "measured": [
                    {
                        "value": written(desk, figure),
                        "change": moved(desk, figure),
                        "doubt": doubt(desk, figure),
                    }
                    for figure in (figure_of(benchmark, id_) for id_ in columns(desk))
                ],
            }
        )
    return rows


def points(desk: Desk, now: int, of: int, was: int | None, before: int) -> str:
    """The change of a share in points."""
    if was is None or not of or not before:
        return ""
    return desk.words.signed(100 * (now / of - was / before), NARROW + "pts")


def _by_brand(answered: dict[str, Any]) -> dict[str, Any]:
    if not answered["aggs"]:
        return {}
    return {bucket["key"]: bucket for bucket in answered["aggs"]["brand"]["buckets"]}


BEST, APART = 6, 3


def best(desk: Desk, brand: str = "") -> dict[str, Any]:
    """The benchmark's best posts, over-performing first, and giveaways and paid posts, which are
    set apart from them."""
    found: dict[str, dict[str, Any]] = {}
    for (id, platform), benchmark in benchmarks(desk).items():
        if platform is None and brand in ("", id):
            for entry in benchmark.best_posts:
                found[str(entry["id"])] = {**entry, "brand": id}
    if not found:
        return {"best": [], "apart": []}
    hits = desk.find(
        desk.everything.narrow(post=tuple(found)), sort="-engagement", size=len(found)
    ).hits
    listed = [{**found[hit.post.id], "hit": hit} for hit in hits]
    listed.sort(key=lambda entry: -(entry.get("over_performing") or 0))
    won = [entry for entry in listed if entry.get("giveaway") or entry.get("paid")]
    fair = [entry for entry in listed if entry not in won]
    return {"best": fair[:BEST], "apart": won[:APART]}


def brand(desk: Desk, id: str) -> Response:
    if id not in desk.brands:
        return answer(desk, "missing.html", 404, title=desk.words.text("Brand"))
    everyone = desk.scope.earned()
    mine = everyone.narrow(brand=id)
    aggs: dict[str, Any] = {
        "authors": {"cardinality": {"field": "author.id"}},
        "hashtag": {"terms": {"field": "hashtags", "size": 12}},
    }
    voice = {"brand": {"terms": {"field": "brands", "size": len(desk.brands) + 10}}}
    now = desk.ask(mine, aggs)
    rivals = desk.ask(everyone.narrow(brand=None), voice)
    old_scope = mine.previous(desk.zone)
    old = desk.ask(old_scope, aggs) if old_scope else None
    old_rivals = desk.ask(old_scope.narrow(brand=None), voice) if old_scope else None
    owned = published(desk, id)
    found = benchmarks(desk).get((id, None))
    return answer(
        desk,
        "brand.html",
        title=desk.brand(id),
        id=id,
        own=desk.brands[id].role == "own",
        sentences=of_subject(desk, f"brand:{id}"),
        tiles=[
            count_tile(desk, "mentions.earned", now["total"], old["total"] if old else None, mine,
                       spark=daily(desk, mine)),
            count_tile(desk, "mentions.authors", value_of(now, "authors"),
                       value_of(old, "authors"), mine, posts=now["total"]),
            sentiment_tile(desk, id, mine, now["total"], old["total"] if old else None),
            share_tile(desk, id, rivals, old_rivals, mine),
            benchmark_tile(desk, id, "eng.at_age", owned),
            benchmark_tile(desk, id, "posts.per_week", owned),
        ],
        figures=[
            {
                "definition": DEFINITIONS[name],
                "value": written(desk, figure),
                "change": moved(desk, figure),
                "doubt": doubt(desk, figure),
            }
            for name in FIGURES
            if (figure := figure_of(found, name))
        ],
        window=window(desk),
        charts=[
            chart(desk, "mentions-over-time", desk.scope.narrow(brand=id), brands=[id]),
            chart(desk, "sentiment-over-time", desk.scope.narrow(brand=id)),
            chart(desk, "publishing-hours", owned, colour=desk.colours[id]),
            chart(desk, "networks", mine, colour=desk.colours[id]),
        ],
        hashtags=[
            {"text": f"#{bucket['key']}", "count": bucket["doc_count"],
             "scope": mine.asking(f"hashtag:{phrase(bucket['key'])}")}
            for bucket in (now["aggs"] or {"hashtag": {"buckets": []}})["hashtag"]["buckets"]
        ],
        formats=formats(desk, id),
        homonyms=[row] if (row := homonyms(desk, id)) else [],
        **best(desk, id),
        owned=owned,
        owned_count=desk.count(owned),
        alerts=[alert for alert in desk.findings.alerts if alert.subject == f"brand:{id}"][:5],
    )  # fmt: skip


def homonyms(desk: Desk, id: str) -> dict[str, Any] | None:
    """The posts that hold the brand's name and are no mention of it, where its watch sets homonyms
    apart; None where there are none."""
    brand = desk.brands[id]
    if not (brand.context or brand.exclude):
        return None
    names = " OR ".join(phrase(name) for name in (brand.name, *brand.names))
    scope = desk.scope.narrow(brand=None).asking(f"({names}) NOT brand:{phrase(id)}")
    count = desk.count(scope)
    return {"name": brand.name, "scope": scope, "count": count} if count else None


def slot(desk: Desk, found: dict[str, Any] | None) -> str:
    """mardi 18 h (75 %): when a format is usually published."""
    if not found:
        return ""
    words = desk.words
    day = words.locale.days["format"]["wide"][found["weekday"]]
    hour = f"{found['hour']}\u00a0h" if desk.lang == "fr" else f"{found['hour']}:00"
    return f"{day} {hour} ({words.percent(found['share'] / 100)})"


def formats(desk: Desk, id: str) -> list[dict[str, Any]]:
    """What the benchmark says of this brand's formats, by median engagement at equal age."""
    found = benchmarks(desk).get((id, None))
    if found is None:
        return []
    listed = [
        {"name": name, "example": desk.evidence(ids) if (ids := values.get("post_ids")) else "",
         "when": slot(desk, values.get("slot")), **values}
        for name, values in found.formats.items()
    ]  # fmt: skip
    return sorted(listed, key=lambda entry: -(entry.get("index") or 0))
