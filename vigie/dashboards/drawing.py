"""A panel's declaration as Dashboards keeps it: its aggregations and its Vega-Lite spec become the
state of a visualization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from vigie.locales import Lang, mark, messages
from vigie.panels import Panel

Form = Literal["line", "histogram", "horizontal_bar", "heatmap", "table", "metric"]
Spec = Mapping[str, Any]
Agg = dict[str, Any]
COUNT = "1"  # id of the first metric, which is the count where that is drawn
# What a level or a measure of a panel is called beside its values.
LABELS = {
    "account": mark("Account"), "alert": mark("Alert"), "at": mark("When"),
    "author": mark("Author"), "authors": mark("Authors"), "brand": mark("Brand"),
    "domain": mark("Site"), "engagement": mark("Engagement"), "followers": mark("Followers"),
    "factor": mark("Growth factor"), "hashtag": mark("Hashtag"), "hour": mark("Hour"),
    "keyphrase": mark("Key phrase"), "kind": mark("Kind"), "language": mark("Language"),
    "last": mark("Last collected"), "level": mark("Level"), "media": mark("Media"),
    "median": mark("Median engagement"), "name": mark("Name"), "network": mark("Network"),
    "origin": mark("Origin"), "owner": mark("Brand"), "person": mark("Person"),
    "posts": mark("Posts"), "run": mark("Run"), "score": mark("Score"),
    "sentiment": mark("Sentiment"), "severity": mark("Severity"), "size": mark("Posts"),
    "source": mark("Source"), "stage": mark("Stage"), "state": mark("State"),
    "story": mark("Message"), "subject": mark("Subject"), "tier": mark("Audience"),
    "topic": mark("Topic"), "trend": mark("Trend"), "weekday": mark("Weekday"),
    "alerts": mark("Alerts"), "influencers": mark("Candidates"), "runs": mark("Runs"),
    "trends": mark("Trends"), "metrics": mark("Samples"),
}  # fmt: skip


def form_of(panel: Panel) -> Form:
    """What a panel's spec draws."""
    layers = panel.spec.get("layer", [panel.spec])
    drawn = next(one for one in layers if one["data"]["name"] == "rows")
    mark_ = drawn["mark"]["type"]
    y = drawn["encoding"].get("y")
    match mark_:
        case "line":
            return "line"
        case "rect":
            return "heatmap"
        case "text":
            return "table" if y else "metric"
        case "bar":
            return "horizontal_bar" if y["type"] == "nominal" else "histogram"
    raise ValueError(f"panel {panel.id}: Dashboards draws no {mark_}")


def _value(panel: Panel) -> Mapping[str, Any]:
    """The axis of a chart's spec that holds its values."""
    layers = panel.spec.get("layer", [panel.spec])
    encoding = next(one for one in layers if one["data"]["name"] == "rows")["encoding"]
    axis: Mapping[str, Any] = encoding["x" if form_of(panel) == "horizontal_bar" else "y"]
    return axis


def drawn_measures(panel: Panel) -> tuple[str, ...]:
    """What is drawn of a panel, `posts` being the count of its buckets."""
    match form_of(panel):
        case "table" | "metric":
            return ("posts", *panel.measures)
        case "heatmap":
            return ("posts",)
    return (str(_value(panel)["field"]),)


def visualization(panel: Panel, counted: str, lang: Lang) -> dict[str, Any]:
    """The state of a visualization but for its title. `counted` names what a bucket counts: posts,
    alerts."""
    form = form_of(panel)
    named = {**LABELS, "posts": LABELS[counted]}
    say = messages(lang).gettext
    label = {name: say(message) for name, message in named.items()}
    aggs = list(_aggs(panel, form, label))
    first = label[drawn_measures(panel)[0]]
    return {"type": form, "params": _params(panel, form, first), "aggs": aggs}


def _aggs(panel: Panel, form: Form, label: Mapping[str, str]) -> Iterator[Agg]:
    """Metrics first, then buckets from the outermost to the innermost."""
    below, bodies = panel.aggs, []
    for level in panel.levels:
        bodies.append(below[level])
        below = below[level].get("aggs", {})
    ids = {}
    for number, name in enumerate(drawn_measures(panel), int(COUNT)):
        ids[name] = str(number)
        kind, params = ("count", {}) if name == "posts" else _metric(below[name])
        yield _agg(str(number), kind, "metric", {**params, "customLabel": label[name]})
    schemas = _schemas(panel, form, bodies)
    for number, (level, body, schema) in enumerate(
        zip(panel.levels, bodies, schemas, strict=True), len(ids) + int(COUNT)
    ):
        kind, params = _bucket(body, ids)
        yield _agg(str(number), kind, schema, {**params, "customLabel": label[level]})


def _agg(id: str, kind: str, schema: str, params: dict[str, Any]) -> Agg:
    return {"id": id, "enabled": True, "type": kind, "schema": schema, "params": params}


def _schemas(panel: Panel, form: Form, bodies: list[Spec]) -> list[str]:
    """Which of a chart's places each level takes."""
    if form == "table":
        return ["bucket"] * len(bodies)
    if form == "heatmap":
        return ["group", "segment"]
    if len(bodies) == 2 and "date_histogram" in bodies[1]:
        return ["group", "segment"]
    return ["segment", "group"][: len(bodies)]


def _metric(spec: Spec) -> tuple[str, dict[str, Any]]:
    ((kind, body),) = spec.items()
    if kind == "percentiles":
        if list(body["percents"]) != [50]:
            raise ValueError("of percentiles, Dashboards draws the median")
        kind = "median"
    return kind, {"field": body["field"]}


def _bucket(spec: Spec, ids: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    kind = next(name for name in spec if name != "aggs")
    body = spec[kind]
    if kind == "date_histogram":
        return kind, {
            "field": body["field"],
            "interval": "d",  # an automatic one differs from window to window
            "useNormalizedEsInterval": True,
            "drop_partials": False,
            "min_doc_count": 1,
            "extended_bounds": {},
        }
    if kind == "histogram":
        return kind, {
            "field": body["field"],
            "interval": body["interval"],
            "min_doc_count": False,  # empty buckets, or none
            "has_extended_bounds": False,
            "extended_bounds": {"min": "", "max": ""},
        }
    ((by, direction),) = body.get("order", {"posts": "desc"}).items()
    return kind, {
        "field": body["field"],
        "orderBy": "_key" if by == "_key" else ids[by],
        "order": direction,
        "size": body["size"],
        "otherBucket": False,
        "otherBucketLabel": "",
        "missingBucket": False,
        "missingBucketLabel": "",
    }


# -- how it looks

_TABLE: dict[str, Any] = {
    "perPage": 10,
    "showPartialRows": False,
    "showMetricsAtAllLevels": False,
    "sort": {"columnIndex": None, "direction": None},
    "showTotal": False,
    "totalFunc": "sum",
    "percentageCol": "",
}
_METRIC: dict[str, Any] = {
    "type": "metric",
    "addTooltip": True,
    "addLegend": False,
    "metric": {
        "percentageMode": False,
        "useRanges": False,
        "colorSchema": "Greys",
        "metricColorMode": "None",
        "colorsRange": [{"from": 0, "to": 10000}],
        "labels": {"show": True},
        "invertColors": False,
        "style": {
            "bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 28,
        },
    },
}  # fmt: skip
_HEATMAP: dict[str, Any] = {
    "type": "heatmap",
    "addTooltip": True,
    "addLegend": True,
    "enableHover": False,
    "legendPosition": "right",
    "times": [],
    "colorsNumber": 5,
    "colorSchema": "Blues",
    "setColorRange": False,
    "colorsRange": [],
    "invertColors": False,
    "percentageMode": False,
    "valueAxes": [
        {
            "show": False,
            "id": "ValueAxis-1",
            "type": "value",
            "scale": {"type": "linear", "defaultYExtents": False},
            "labels": {"show": False, "rotate": 0, "overwriteColor": False, "color": "black"},
        }
    ],
}


def _params(panel: Panel, form: Form, measured: str) -> dict[str, Any]:
    match form:
        case "table":
            return _TABLE
        case "metric":
            return _METRIC
        case "heatmap":
            return _HEATMAP
    lying = form == "horizontal_bar"
    shares = _value(panel).get("stack") == "normalize"
    line = form == "line"
    return {
        "type": "histogram" if lying else form,  # the bars of both are of that name
        "grid": {"categoryLines": False},
        "categoryAxes": [
            {
                "id": "CategoryAxis-1",
                "type": "category",
                "position": "left" if lying else "bottom",
                "show": True,
                "style": {},
                "scale": {"type": "linear"},
                "labels": {"show": True, "rotate": 0, "filter": not lying, "truncate": 200},
                "title": {},
            }
        ],
        "valueAxes": [
            {
                "id": "ValueAxis-1",
                "name": "LeftAxis-1",
                "type": "value",
                "position": "bottom" if lying else "left",
                "show": True,
                "style": {},
                "scale": {"type": "linear", "mode": "percentage" if shares else "normal"},
                "labels": {"show": True, "rotate": 0, "filter": True, "truncate": 100},
                "title": {"text": measured},
            }
        ],
        "seriesParams": [
            {
                "show": True,
                "type": "line" if line else "histogram",
                "mode": "normal" if line else "stacked",
                "data": {"label": measured, "id": COUNT},
                "valueAxis": "ValueAxis-1",
                "drawLinesBetweenPoints": True,
                "lineWidth": 2,
                "interpolate": "linear",
                "showCircles": True,
            }
        ],
        "addTooltip": True,
        "addLegend": len(panel.levels) > 1,
        "legendPosition": "right",
        "times": [],
        "addTimeMarker": False,
        "labels": {"show": False},
        "thresholdLine": {
            "show": False, "value": 10, "width": 1, "style": "full", "color": "#666666",
        },
    }  # fmt: skip
