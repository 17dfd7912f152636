"""Figure tiles: a value with its change, the posts it rests on, its definition, and its door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from vigie.explorer.desk import Desk
from vigie.explorer.scope import Scope
from vigie.locales import mark
from vigie.metrics import DEFINITIONS, Figure, formulas
from vigie.records import Benchmark

Tile = dict[str, Any]
NARROW = "\u202f"


def tile(desk: Desk, definition: str, value: str, **more: Any) -> Tile:
    empty: Tile = {
        "name": DEFINITIONS[definition].title[desk.lang],
        "definition": definition,
        "value": value,
        "full": "",
        "href": "",
        "count": None,
        "change": "",
        "note": "",
        "range": "",
        "moved": True,
        "spark": (),
    }
    return empty | more


def count_tile(
    desk: Desk,
    definition: str,
    now: int | None,
    old: int | None,
    scope: Scope,
    *,
    posts: int | None = None,
    spark: Sequence[int] = (),
) -> Tile:
    """A live count. `posts` is what its door leads to, where the count is not of posts."""
    words = desk.words
    behind = now if posts is None else posts
    note = ""
    if posts is not None:
        note = words.plural("over %(n)s post", "over %(n)s posts", posts) % {
            "n": words.number(posts)
        }
    return tile(
        desk,
        definition,
        words.short(now),
        full=words.number(now),
        href=desk.door(scope) if behind else "",
        count=behind,
        change=words.change(now, old),
        note=note or _before(desk, old),
        spark=spark,
    )


def _before(desk: Desk, old: float | None) -> str:
    if old is None:
        return ""
    return desk.words.text("%(n)s before") % {"n": desk.words.number(old)}


def daily(desk: Desk, scope: Scope) -> list[int]:
    """Posts per step of the view, for a spark line."""
    answered = desk.ask(
        scope,
        {
            "at": {
                "date_histogram": {
                    "field": "published_at",
                    "calendar_interval": desk.interval,
                    "time_zone": str(desk.zone),
                    "min_doc_count": 0,
                }
            }
        },
    )
    if not answered["aggs"]:
        return []
    return [bucket["doc_count"] for bucket in answered["aggs"]["at"]["buckets"]]


# Posts of which the tone is read live; beyond, the last run's figure or a narrower view.
READ_AT_MOST = 20_000  # about a fifth of a second
TONES_KEPT = 512
TONE = ("sentiment", "sentiment_score", "sentiment_confidence")


def tone(desk: Desk, scope: Scope, mentions: int) -> Figure | None:
    """Net sentiment of a view's posts with its interval; None where there are too many to read
    while a page waits. What was read is kept until a run or a post comes."""
    import polars as pl

    from vigie.insights.tone import figures

    if mentions > READ_AT_MOST:
        return None
    kept, run = desk.site.tones, desk.findings.analysis
    key = (scope.query, desk.filters(scope), mentions, desk.findings.posts, run and run.id)
    if key in kept:
        return kept[key]
    if len(kept) >= TONES_KEPT:
        kept.clear()
    batches = list(desk.store.scan(desk.filters(scope), TONE, query=scope.query))
    posts = pl.concat(batches) if batches else pl.DataFrame(schema=dict.fromkeys(TONE, pl.String))
    kept[key] = figures(posts)["sentiment.net"]
    return kept[key]


def measured_tone(desk: Desk, brand: str, scope: Scope) -> Figure | None:
    """What the last run measured, where it measured just this view."""
    found = benchmarks(desk).get((brand, None))
    plain = scope.narrowed == {"brand": (brand,), "origin": ("earned",)} and not scope.q
    window = (scope.period.since, scope.period.until)
    if not found or not plain or (found.window_start, found.window_end) != window:
        return None
    return figure_of(found, "sentiment.net")


def sentiment_tile(
    desk: Desk, brand: str, scope: Scope, now: int, old: int | None, *, beside: int = 0
) -> Tile:
    """Soft: an interval, and no change while the intervals of both periods overlap. `now` and `old`
    are the mentions of both periods, `beside` those of other brands that the page reads too."""
    words = desk.words
    figure = measured_tone(desk, brand, scope)
    if figure is None and now + beside <= READ_AT_MOST:
        figure = tone(desk, scope, now)
        before = scope.previous(desk.zone)
        if figure and before and old:
            figure = figure.model_copy(update={"before": tone(desk, before, old)})
    if figure is None:
        note = words.text("too many posts to read while you wait: narrow the view")
        return tile(desk, "sentiment.net", "—", note=note)
    if figure.value is None:
        return tile(desk, "sentiment.net", "—", note=words.text("no mention read"))
    return tile(
        desk,
        "sentiment.net",
        words.signed(figure.value),
        href=desk.door(scope) if now else "",
        count=now,
        change=tone_change(desk, figure),
        moved=figure.moved,
        range=f"{words.signed(figure.low or 0)} … {words.signed(figure.high or 0)}",
        note=words.text("between %(low)s and %(high)s, estimated over %(n)s posts")
        % {
            "low": words.signed(figure.low or 0),
            "high": words.signed(figure.high or 0),
            "n": words.number(figure.n),
        },
    )


def tone_change(desk: Desk, figure: Figure) -> str:
    """The change in points; in words where the intervals of both periods overlap."""
    if figure.change is None:
        return ""
    if not figure.moved:
        return desk.words.text("no clear change")
    return desk.words.signed(figure.change, NARROW + "pts")


def shares(desk: Desk, answered: Mapping[str, Any] | None) -> dict[str, int]:
    """Mentions by watched brand of an answer's `brand`."""
    if not answered or not answered["aggs"]:
        return {}
    buckets = answered["aggs"]["brand"]["buckets"]
    return {b["key"]: b["doc_count"] for b in buckets if b["key"] in desk.brands}


def share_tile(
    desk: Desk,
    brand: str,
    now: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    scope: Scope,
) -> Tile:
    """The brand's mentions among those of all watched brands."""
    words = desk.words
    counts, before = shares(desk, now), shares(desk, old)
    share = formulas.rate(counts.get(brand, 0), sum(counts.values()))
    was = formulas.rate(before.get(brand, 0), sum(before.values())) if old else None
    change = ""
    if share is not None and was is not None:
        change = words.signed(share - was, NARROW + "pts")
    mine = counts.get(brand, 0)
    return tile(
        desk,
        "sov.mentions",
        "—" if share is None else words.percent(share / 100),
        full="" if share is None else words.percent(share / 100, 1),
        href=desk.door(scope) if mine else "",
        count=mine,
        change=change,
        note=words.text("%(n)s of %(all)s mentions; own posts excluded")
        % {"n": words.number(mine), "all": words.number(sum(counts.values()))},
    )


# -- findings of the benchmark


def benchmarks(desk: Desk) -> dict[tuple[str, str | None], Benchmark]:
    """The last run's benchmark by brand and network: of this very period where there is one, else
    of the latest period that was benchmarked."""
    found = desk.findings.benchmarks
    if not found:
        return {}
    shown = desk.scope.period
    window = max(
        {(b.window_start, b.window_end) for b in found},
        key=lambda w: (w == (shown.since, shown.until), w[1], w[0]),
    )
    return {(b.brand, b.platform): b for b in found if (b.window_start, b.window_end) == window}


def figure_of(benchmark: Benchmark | None, id: str) -> Figure | None:
    if benchmark is None or id not in benchmark.figures:
        return None
    return Figure.model_validate(benchmark.figures[id])


UNITS = {
    "per_day": mark("%(n)s/day"),
    "per_week": mark("%(n)s/week"),
    "days": mark("%(n)s\u202fd"),
    "hours": mark("%(n)s\u202fh"),
}


def written(desk: Desk, figure: Figure | None) -> str:
    """A figure in its unit."""
    words = desk.words
    if figure is None or figure.value is None:
        return "—"
    unit = DEFINITIONS[figure.definition].unit
    value = figure.value
    if unit == "percent":
        small = abs(value) < 10 and not figure.definition.startswith("sov")
        return words.percent(value / 100, 2 if abs(value) < 1 else 1 if small else 0)
    if unit == "points":
        return words.signed(value)
    if unit in UNITS:
        number = words.number(value, 0 if float(value).is_integer() else 1)
        return words.text(UNITS[unit]) % {"n": number}
    if unit in ("ratio", "score"):
        return words.number(value, 0 if float(value).is_integer() else 1)
    return words.short(value)


def moved(desk: Desk, figure: Figure | None) -> str:
    """Its change; "=" where there is none, nothing where it is unknown or within doubt."""
    if figure is None or figure.before is None:
        return ""
    if figure.change == 0:
        return "="
    if not figure.moved:
        return ""
    if DEFINITIONS[figure.definition].unit in ("percent", "points"):
        return desk.words.signed(figure.change or 0, NARROW + "pts", 1)
    return desk.words.change(figure.value, figure.before.value)


def over(desk: Desk, figure: Figure) -> str:
    """How many posts, authors or accounts a figure rests on."""
    words, n = desk.words, figure.n
    match DEFINITIONS[figure.definition].counts:
        case "author":
            said = words.plural("over %(n)s author", "over %(n)s authors", n)
        case "account":
            said = words.plural("over %(n)s account", "over %(n)s accounts", n)
        case "post":
            said = words.plural("over %(n)s post", "over %(n)s posts", n)
    return said % {"n": words.number(n)}


def doubt(desk: Desk, figure: Figure | None) -> str:
    """What a figure rests on, and what was left out."""
    words = desk.words
    if figure is None:
        return words.text("not enough history")
    said = [over(desk, figure)]
    if figure.low is not None and figure.high is not None:
        between = words.text("between %(low)s and %(high)s")
        said.insert(0, between % {"low": words.short(figure.low), "high": words.short(figure.high)})
    if figure.left_out:
        said.append(
            words.text("%(n)s without a known value") % {"n": words.number(figure.left_out)}
        )
    if figure.little_known and figure.before is not None:
        said.append(words.text("too few for a comparison"))
    return ", ".join(said)


def benchmark_tile(desk: Desk, brand: str, id: str, scope: Scope) -> Tile:
    """A figure that the last run computed (its window is told when it is not this period), with the
    posts of `scope` behind it."""
    found = benchmarks(desk).get((brand, None))
    figure = figure_of(found, id)
    note = doubt(desk, figure)
    shown = desk.scope.period
    if found and (found.window_start, found.window_end) != (shown.since, shown.until):
        window = (
            f"{desk.words.day(found.window_start, weekday=False)} – "
            f"{desk.words.day(found.window_end - timedelta(hours=1), weekday=False)}"
        )
        note = f"{note} · {window}"
    told = figure is not None and figure.value is not None
    return tile(
        desk,
        id,
        written(desk, figure),
        full=desk.words.number(figure.value, 1) if figure and told else "",
        href=desk.door(scope) if told else "",
        change=moved(desk, figure),
        note=note,
    )
