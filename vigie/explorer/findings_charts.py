"""Charts of what the last run found: a trend by day, formats by brand, the counters of a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from vigie.explorer.charts import outages
from vigie.explorer.desk import COLOURS, Desk
from vigie.explorer.drawing import Cell, Chart, Row, Series, finish, local
from vigie.explorer.periods import midnight
from vigie.panels import PANELS
from vigie.records import Benchmark, Trend


def of_trend(desk: Desk, trend: Trend) -> Chart:
    """The trend's posts per day, as its finding counted them."""
    panel = PANELS["trend-over-time"]
    known = _per_day(desk, trend)
    bands = outages(desk, desk.everything)
    drawn: list[Row] = []
    table: list[tuple[Cell, ...]] = []
    for text, posts in trend.daily:
        day = date.fromisoformat(text)
        start = midnight(day, desk.zone)
        end = midnight(day + timedelta(days=1), desk.zone)
        inner = desk.everything.of("trend", trend.id).within(start, end)
        when = desk.words.day(day)
        # A finding keeps the posts of its window; a day that it only counted has no door.
        href = desk.door(inner) if posts and known.get(day) == posts else ""
        drawn.append(
            {
                "at": f"{text}T00:00",
                "posts": posts,
                "label": f"{when}: {desk.words.number(posts)}",
                "href": href,
            }
        )
        table.append((Cell(when), Cell(desk.words.number(posts), href, posts if href else None)))
    return Chart(
        panel=panel,
        spec=finish(panel, (), rows=drawn, clock="%-d %b", bands=bands),
        head=(desk.words.text("When"), desk.words.text("Posts")),
        table=tuple(table),
        notes=tuple(Cell(f"{band['sign']} {band['label']}", band["href"]) for band in bands),
        n=sum(posts for _, posts in trend.daily),
        since=date.fromisoformat(trend.daily[0][0]) if trend.daily else None,
    )


def _per_day(desk: Desk, trend: Trend) -> dict[date, int]:
    """How many posts of the finding the store holds, by local day."""
    histogram = {
        "date_histogram": {
            "field": "published_at",
            "calendar_interval": "day",
            "time_zone": str(desk.zone),
        }
    }
    window = desk.everything.of("trend", trend.id).within(trend.window_start, trend.window_end)
    answered = desk.ask(window, {"at": histogram})
    if not answered["aggs"]:
        return {}
    return {
        desk.words.local(datetime.fromtimestamp(bucket["key"] / 1000, UTC)).date(): bucket[
            "doc_count"
        ]
        for bucket in answered["aggs"]["at"]["buckets"]
    }


def of_formats(desk: Desk, found: Mapping[str, Benchmark]) -> Chart:
    """What each brand's publications are made of, as the last benchmark counted them."""
    panel = PANELS["formats-by-brand"]
    brands = [id for id in desk.brands if id in found and found[id].formats]
    begun = {
        values["since"]
        for id in brands
        for values in found[id].formats.values()
        if "since" in values
    }
    shapes = list(dict.fromkeys(shape for id in brands for shape in found[id].formats))
    series = tuple(
        Series(desk.said("format", shape), f"cat-{COLOURS - n}" if n < COLOURS else "others")
        for n, shape in enumerate(shapes)
    )
    drawn: list[Row] = []
    table: list[tuple[Cell, ...]] = []
    for id in brands:
        cells = [Cell(desk.brand(id))]
        for rank, shape in enumerate(shapes):
            values = found[id].formats.get(shape, {})
            posts = int(values.get("posts", 0))
            examples = tuple(values.get("post_ids", ()))
            drawn.append(
                {
                    "row": desk.brand(id),
                    "series": series[rank].name,
                    "rank": rank,
                    "posts": posts,
                    "label": f"{desk.brand(id)}, {series[rank].name}: {posts}",
                    "href": desk.evidence(examples) if examples else "",
                }
            )
            cells.append(Cell(desk.words.number(posts)))
        table.append(tuple(cells))
    return Chart(
        panel=panel,
        spec=finish(panel, series, rows=drawn),
        series=series,
        head=(desk.words.text("Brand"), *(shown.name for shown in series)),
        table=tuple(table),
        n=sum(row["posts"] for row in drawn),
        since=min((date.fromisoformat(day) for day in begun), default=None),
        empty=desk.words.text("not enough history"),
    )


def counters(desk: Desk, id: str) -> Chart:
    """The public counters of one post over time, from its samples."""
    panel = PANELS["counters-over-time"]
    samples = desk.store.samples([id]).to_dicts()
    names = sorted({sample["metric"] for sample in samples})
    times = sorted({sample["captured_at"] for sample in samples})
    series = tuple(
        Series(desk.said("counter", name), f"cat-{n}") for n, name in enumerate(names, 1)
    )
    at = {(sample["metric"], sample["captured_at"]): sample["value"] for sample in samples}
    said = dict(zip(names, series, strict=True))
    drawn: list[Row] = [
        {
            "series": said[name].name,
            "own": False,
            "at": local(desk, time),
            "posts": value,
            "label": f"{said[name].name}, {desk.words.moment(time)}: {desk.words.number(value)}",
        }
        for (name, time), value in sorted(at.items(), key=lambda item: item[0][1])
    ]
    table = tuple(
        (Cell(desk.words.moment(time)), *(Cell(desk.words.number(at.get((name, time))))
                                          for name in names))
        for time in times
    )  # fmt: skip
    drawable = len(times) > 1
    return Chart(
        panel=panel,
        spec=finish(panel, series, rows=drawn, clock="%-d %b") if drawable else {},
        series=series,
        head=(desk.words.text("When"), *(shown.name for shown in series)),
        table=table,
        n=len(times),
        said=desk.words.plural("%(n)s observation", "%(n)s observations", len(times))
        % {"n": desk.words.number(len(times))},
    )
