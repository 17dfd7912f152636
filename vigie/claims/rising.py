"""What rises, in a sentence: from where to where, how fast, among how many."""

from __future__ import annotations

from collections.abc import Sequence

from vigie.claims import Claim, Confidence
from vigie.claims.telling import Telling, colon, quoted, semicolon
from vigie.claims.words import moved, on
from vigie.locales.wording import Wording
from vigie.metrics import Figure, figure
from vigie.records import Trend

TOLD = ("new", "emerging", "growing", "peaking", "declining")


def of_trend(telling: Telling, trend: Trend) -> Claim | None:
    """What rises, from where to where, how fast, among how many; a seasonal topic says so."""
    if trend.stage not in TOLD:
        return None
    if trend.window_end <= telling.since or trend.window_start >= telling.until:
        return None
    figures = trend_figures(trend)
    path = _path(trend)

    def seasonal(w: Wording) -> str:
        if w.lang == "fr":
            return (
                f"{quoted(trend.name, w)}{colon(w)}marronnier, attendu à cette période"
                f"{semicolon(w)}ce n’est pas une tendance émergente."
            )
        return f"{quoted(trend.name, w)}: a seasonal topic, expected now; no emerging trend."

    def rising(w: Wording) -> str:
        return f"{quoted(trend.name, w)} {_move(trend, path, w)}{colon(w)}{_pace(trend, w)}."

    certain = trend.growth_interval is not None and trend.growth_interval.low > 1.5
    confidence: Confidence = (
        "high" if certain and trend.authors >= 20 else "medium" if trend.authors >= 10 else "low"
    )
    if trend.recurring is not None:
        kind, say, weight = "recurring", seasonal, 10.0
    else:
        base = {"growing": 90.0, "emerging": 85.0, "new": 80.0, "peaking": 60.0}
        kind, say = "trend", rising
        weight = base.get(trend.stage, 30.0) + min(trend.authors, 200) / 50
    return telling.claim(
        kind,  # type: ignore[arg-type]
        trend.id,
        say,
        weight=weight,
        confidence=confidence,
        figures=figures,
        evidence=trend.representative or trend.post_ids[:5],
        subject=trend.id if trend.id.startswith("trend") else f"trend:{trend.id}",
        url=f"/trends/{trend.id}",
    )


def trend_figures(trend: Trend) -> tuple[Figure, ...]:
    """Posts, authors and growth of a trend, as figures."""
    interval = trend.growth_interval
    return (
        figure("trend.posts", trend.posts, trend.posts),
        figure("trend.authors", trend.authors, trend.posts),
        figure(
            "trend.growth",
            trend.growth,
            trend.posts,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            note=None if trend.growth is not None else "nothing_before",
        ),
    )


def _path(trend: Trend) -> list[str]:
    """Networks in the order in which the subject reached them."""
    return list(dict.fromkeys(str(step["platform"]) for step in trend.spread if "platform" in step))


def _move(trend: Trend, path: Sequence[str], w: Wording) -> str:
    fr = w.lang == "fr"
    if trend.stage == "declining":
        return "recule" if fr else "recedes"
    if trend.stage == "peaking":
        return "est au plus haut" if fr else "is at its peak"
    if len(path) >= 2:
        return moved(path[0], path[-1], w.lang)
    where = f" {on(path[0], w.lang)}" if path else ""
    if trend.stage == "new":
        return f"apparaît{where}" if fr else f"appears{where}"
    return f"monte{where}" if fr else f"rises{where}"


def _pace(trend: Trend, w: Wording) -> str:
    fr = w.lang == "fr"
    authors = w.number(trend.authors) + (" auteurs" if fr else " authors")
    if trend.growth is not None and trend.posts_before >= 3:
        pace = (
            f"{w.factor(trend.growth)} en une semaine"
            if fr
            else f"{w.factor(trend.growth)} in a week"
        )
        return f"{pace}, {authors}"
    posts = w.number(trend.posts) + (" publications" if fr else " posts")
    return f"{posts}, {authors}"
