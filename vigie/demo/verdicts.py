"""How the judge decides, item by item: by posts that findings share with what was planted, by
stage, size, brand, time and rank, never by a name alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from vigie.demo.truth import Findings, Verdict, most_common, near, share

Item = dict[str, Any]
OVERLAP = 0.5
WORSE = 0.2  # above the usual share of negative posts
RISING = ("new", "emerging", "growing", "peaking")


def _trend_of(item: Item, findings: Findings) -> tuple[Any, float, float]:
    """The trend that shares most posts with an item, with precision and recall."""
    wanted = set(item["posts"])
    best: tuple[Any, float, float] = (None, 0.0, 0.0)
    for trend in findings.trends:
        told = findings.told(trend.post_ids)
        common = len(told & wanted)
        if common and common > best[2] * len(wanted):
            best = (trend, common / len(told), common / len(wanted))
    return best


def _trend(item: Item, findings: Findings) -> Verdict:
    trend, precision, recall = _trend_of(item, findings)
    if trend is None:
        return False, ["no trend holds its posts"]
    expects = item["expects"]
    said = [
        f"{trend.id} {trend.name!r}: {trend.stage}, {trend.posts} posts, {trend.authors} authors, "
        f"precision {precision:.2f}, recall {recall:.2f}"
    ]
    good = precision >= OVERLAP and recall >= 0.3 and trend.stage in expects["stage"]
    good = good and 0.65 <= trend.authors / expects["authors"] <= 1.35
    if "growth" in expects:
        said.append(f"growth {trend.growth} (planted {expects['growth']})")
        good = good and bool(trend.growth) and 0.65 <= trend.growth / expects["growth"] <= 1.5
    steps = [f"{step['platform']}/{step['language']}" for step in trend.spread]
    if "path" in expects:
        said.append("path " + " → ".join(steps))
        good = good and _in_order(expects["path"], steps)
    if "first" in expects:
        said.append("path " + " → ".join(steps))
        good = good and bool(steps) and steps[0].startswith(expects["first"])
    return good, said


def _in_order(path: list[str], steps: list[str]) -> bool:
    """Whether the stations come in order: each is a network and language, or a language alone."""
    places = [
        next(
            (at for at, step in enumerate(steps) if step == stop or step.endswith(f"/{stop}")), None
        )
        for stop in path
    ]
    known = [place for place in places if place is not None]
    return len(known) == len(places) and known == sorted(known)


def _alerts(findings: Findings, subject: str, kinds: Iterable[str]) -> list[Any]:
    return [one for one in findings.alerts if one.subject == subject and one.kind in set(kinds)]


def _crisis(item: Item, findings: Findings) -> Verdict:
    expects = item["expects"]
    wanted = set(item["posts"])
    since = datetime.fromisoformat(expects["from"])
    until = datetime.fromisoformat(expects["until"])
    said = []
    for alert in _alerts(findings, f"brand:{expects['brand']}", ("crisis",)):
        common = share(id in wanted for id in findings.told(alert.post_ids))
        negative = alert.negative_share or 0.0
        said.append(
            f"{alert.id}: from {alert.started_at.isoformat()}, negative {negative:.2f} "
            f"(before {alert.negative_baseline}), {common:.2f} of its posts planted"
        )
        if (
            since <= alert.started_at < until
            and common >= OVERLAP
            and negative >= max(expects["negative"], (alert.negative_baseline or 0.0) + WORSE)
        ):
            return True, said[-1:]
    return False, said or ["no crisis alert on the brand"]


def _first_photo(item: Item, findings: Findings) -> Verdict:
    for alert in _alerts(findings, f"brand:{item['expects']['brand']}", ("crisis", "spike")):
        if alert.first_post in item["posts"] or set(item["posts"]) & set(alert.post_ids):
            return True, [f"{alert.id} leads to {item['posts'][0]}"]
    return False, ["no alert leads to it"]


def _gone(item: Item, findings: Findings) -> Verdict:
    states = [
        findings.documents[id].get("state") for id in item["posts"] if id in findings.documents
    ]
    part = share(state == "deleted" for state in states)
    return bool(states) and part >= 0.8, [f"{part:.2f} of {len(states)} are known to be deleted"]


def _one_story(item: Item, findings: Findings) -> Verdict:
    stories = [
        findings.documents[id].get("story_id") for id in item["posts"] if id in findings.documents
    ]
    story, copies = most_common(stories)
    enough = len(stories) > 1 and copies >= 0.8 * len(item["posts"])
    return enough, [f"story {story}: {copies} of {len(item['posts'])}"]


def _recall(item: Item, findings: Findings) -> Verdict:
    owners = [
        findings.documents[id].get("owner") for id in item["posts"] if id in findings.documents
    ]
    good = bool(owners) and all(owner == item["expects"]["brand"] for owner in owners)
    return good, [f"owned by {', '.join(map(str, owners))}"]


def _questions(item: Item, findings: Findings) -> Verdict:
    waiting = {one.post_id: one for one in findings.questions}
    found = [id for id in item["posts"] if id in waiting]
    others = sorted(set(waiting) - set(found))
    oldest = max((waiting[id].age_h for id in found), default=0.0)
    good = len(found) == len(item["posts"]) and not others
    good = good and abs(oldest - item["expects"]["oldest_h"]) <= 1
    said = [f"{len(found)} of {len(item['posts'])} found, the oldest {oldest:g} h old"]
    return good, said + [f"also told: {id}" for id in others[:5]]


def _format(item: Item, findings: Findings) -> Verdict:
    expects = item["expects"]
    said = []
    for benchmark in findings.benchmarks:
        if benchmark.brand != expects["brand"] or benchmark.platform != expects["platform"]:
            continue
        for name, told in benchmark.formats.items():
            index, count = told.get("index"), told.get("posts", 0)
            if "video" not in name or index is None:
                continue
            slot = told.get("slot") or {}
            said.append(f"{name}: × {index}, {count} posts, slot {slot}")
            if (
                abs(index / expects["factor"] - 1) <= 0.15
                and count == expects["count"]
                and (slot.get("weekday"), slot.get("hour")) == (expects["weekday"], expects["hour"])
                and set(told.get("post_ids", ())) <= set(item["posts"])
            ):
                return True, said[-1:]
    return False, said or ["no video format in the benchmark"]


def _giveaway(item: Item, findings: Findings) -> Verdict:
    wanted = set(item["posts"])
    marked = False
    for benchmark in findings.benchmarks:
        if benchmark.brand != item["expects"]["brand"]:
            continue
        for best in benchmark.best_posts:
            if best["id"] in wanted:
                if not best.get("giveaway"):
                    return False, [f"{best['id']} is told as a best post"]
                marked = True
        for name, told in benchmark.formats.items():
            if wanted & set(told.get("post_ids", ())):
                return False, [f"it counts for the format {name}"]
    return marked, ["set apart as a giveaway" if marked else "not told as a giveaway"]


def _people(findings: Findings) -> list[Any]:
    shown = [one for one in findings.influencers if one.kind not in ("media", "brand")]
    return sorted(shown, key=lambda one: -one.score)


def _candidate(item: Item, findings: Findings) -> Verdict:
    accounts = set(item["expects"]["accounts"])
    for rank, one in enumerate(_people(findings), 1):
        if one.account_id in accounts:
            said = f"{one.account_id}: rank {rank}, {one.kind}, score {one.score:.0f}"
            return rank <= 20 and one.kind == item["expects"]["kind"], [said]
    return False, ["not among the candidates"]


def _bought(item: Item, findings: Findings) -> Verdict:
    accounts, better = set(item["expects"]["accounts"]), set(item["expects"]["better"])
    ranks = {one.account_id: rank for rank, one in enumerate(_people(findings), 1)}
    mine = [rank for id, rank in ranks.items() if id in accounts]
    if not ranks:
        return False, ["no candidates"]
    if not mine:
        return True, ["not among the candidates"]
    above = [rank for id, rank in ranks.items() if id in better and rank < mine[0]]
    return mine[0] > 20 and len(above) >= 3, [f"rank {mine[0]}"]


def _paper(item: Item, findings: Findings) -> Verdict:
    accounts = set(item["expects"]["accounts"])
    if not findings.influencers:
        return False, ["no candidates"]
    kinds = [one.kind for one in findings.influencers if one.account_id in accounts]
    return all(kind == "media" for kind in kinds), [f"kind {', '.join(kinds) or 'not listed'}"]


def _no_peak(item: Item, findings: Findings) -> list[str]:
    """Trends and alerts that rest on the item's posts."""
    wanted = set(item["posts"])
    fallen = [
        f"trend {trend.id} {trend.name!r}"
        for trend in findings.trends
        if trend.recurring is None
        and trend.stage in RISING
        and share(id in wanted for id in findings.told(trend.post_ids)) >= OVERLAP
    ]
    fallen += [
        f"{alert.kind} {alert.id}"
        for alert in findings.alerts
        if alert.kind in ("spike", "crisis")
        and share(id in wanted for id in findings.told(alert.post_ids)) >= OVERLAP
    ]
    return fallen


def _quiet(item: Item, findings: Findings) -> Verdict:
    fallen = _no_peak(item, findings)
    return not fallen, fallen or ["no trend and no alert rests on it"]


def _recurring(item: Item, findings: Findings) -> Verdict:
    fallen = _no_peak(item, findings)
    if fallen:
        return False, fallen
    trend, precision, _ = _trend_of(item, findings)
    if trend is None or precision < OVERLAP:
        return True, ["told as no trend"]
    return trend.recurring is not None, [f"trend {trend.id} is recurring: {trend.recurring}"]


def _dip(item: Item, findings: Findings) -> Verdict:
    noon = f"{item['expects']['day']}T12:00:00+00:00"
    said, fallen = [], []
    for alert in findings.alerts:
        if not near(alert.started_at, noon, timedelta(hours=36)):
            continue
        if alert.kind in ("drop", "silence") and alert.subject.startswith("brand:"):
            fallen.append(f"{alert.kind} of {alert.subject}")
        elif alert.kind == "platform_dip" and alert.platform == item["expects"]["platform"]:
            said.append(f"told as the network's dip: {alert.id}")
    return not fallen, fallen or said or ["no brand's fall is told"]


def _outage(item: Item, findings: Findings) -> Verdict:
    expects = item["expects"]
    since = datetime.fromisoformat(expects["since"])
    down = [
        alert
        for alert in findings.alerts
        if alert.kind == "outage"
        and alert.platform == expects["platform"]
        and near(alert.started_at, expects["since"], timedelta(hours=1))
    ]
    broken = [one for one in findings.sources if one.platform == expects["platform"]]
    fallen = [
        f"{alert.kind} of {alert.subject}"
        for alert in findings.alerts
        if alert.kind in ("drop", "silence") and alert.started_at >= since - timedelta(days=1)
    ]
    dead = bool(broken) and all(one.state == "broken" for one in broken)
    said = [f"outage since {alert.started_at.isoformat()}: {alert.id}" for alert in down[:1]]
    if not dead:
        said.append("the source is not told as broken")
    return bool(down) and dead and not fallen, said + fallen or ["no outage is told"]


def _homonym(item: Item, findings: Findings) -> Verdict:
    brand = item["expects"]["brand"]
    documents = [findings.documents[id] for id in item["posts"] if id in findings.documents]
    wrong = share(brand in (document.get("brands") or ()) for document in documents)
    shown = share(brand in (document.get("homonyms") or ()) for document in documents)
    said = f"{wrong:.2f} counted for the brand, {shown:.2f} left out and shown"
    return bool(documents) and wrong <= 0.03 and shown >= 0.9, [said]


VERDICTS: dict[str, Callable[[Item, Findings], Verdict]] = {
    "trend-bike-bus": _trend,
    "trend-rain-roof": _trend,
    "crisis": _crisis,
    "crisis-first-photo": _first_photo,
    "crisis-deleted-comments": _gone,
    "crisis-copied-replies": _one_story,
    "crisis-story": _one_story,
    "crisis-recall": _recall,
    "unanswered-questions": _questions,
    "format-morning-run": _format,
    "influencer-expert": _candidate,
    "influencer-creator": _candidate,
    "influencer-ambassador": _candidate,
    "influencer-bought-reach": _bought,
    "influencer-local-paper": _paper,
    "giveaway": _giveaway,
    "spam-burst": _quiet,
    "platform-dip": _dip,
    "mastodon-outage": _outage,
    "recurring-black-friday": _recurring,
    "clock-change": _recurring,
    "homonym-village": _homonym,
    "author-deleted": _gone,
}
