"""What was planted in the simulated world, as a file of truth, and the judge who reads it.

The truth is JSON: `items`, each with `id`, `kind` (planted or decoy), `what`, the store ids of its
`posts` that could be collected, `authors`, `days`, and what a good finding `expects`. `judge` looks
at findings only: nothing that finds ever reads this file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from vigie.demo.people import MASTODON, PRESS
from vigie.demo.posts import Post
from vigie.demo.script import stops

if TYPE_CHECKING:
    from vigie.demo.world import World
    from vigie.records import SourceRun
    from vigie.workspace import Workspace

SEEN_AGES = (1, 6, 24, 72, 168, 720)  # hours at which posts are read again


def store_id(post: Post) -> str:
    """The id of a post in the store; articles, whose id is a hash, by the end of their address."""
    return f"{post.site}:{post.native if post.site == PRESS else post.uri}"


class Witness:
    """Tells what a crawl at the script's stops could see of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stops = [round(stop.at.timestamp() * 1000) for stop in stops(world.almanac)]

    def seen(self, post: Post) -> bool:
        """Whether some stop shows the post."""
        return self._first(post) is not None

    def missed(self, post: Post) -> bool:
        """Whether the post was seen, is deleted, and a later stop reads it again."""
        first = self._first(post)
        if first is None or post.deleted is None:
            return False
        last = max(stop for stop in self._stops if self._shows(post, stop))
        for stop in self._stops:
            if stop >= post.deleted and self._world.can_answer(post.site, stop):
                ages = [(at - post.at) / 3_600_000 for at in (last, stop)]
                if any(ages[0] < age <= ages[1] for age in SEEN_AGES):
                    return True
        return False

    def _first(self, post: Post) -> int | None:
        return next((stop for stop in self._stops if self._shows(post, stop)), None)

    def _shows(self, post: Post, stop: int) -> bool:
        return post.visible(stop) and self._world.can_answer(post.site, stop)


def tell(world: World) -> dict[str, Any]:
    """The truth about a world, as JSON."""
    witness = Witness(world)
    day = {id(post): post.day for post in world.posts}

    def item(
        id_: str, kind: str, what: str, posts: Iterable[Post], /, **expects: Any
    ) -> dict[str, Any]:
        told = [post for post in posts if witness.seen(post)]
        return {
            "id": id_,
            "kind": kind,
            "what": what,
            "posts": [store_id(post) for post in told],
            "authors": sorted({f"{post.site}:{post.account.native}" for post in told}),
            "days": sorted({world.almanac.day(day[id(post)]).isoformat() for post in told}),
            "expects": expects,
        }

    planted, named = world.planted, world.named
    at = world.almanac.instant
    stars = world.stars
    bus = [post for post in planted("trend-bike-bus") if post.account is not stars.paper]
    week = {
        number: [p for p in bus if witness.seen(p) and p.day // 7 == number] for number in (7, 8)
    }
    roof = [post for post in planted("trend-rain-roof") if witness.seen(post)]
    crisis = planted("crisis")
    gone = [post for post in named["regrets"] if witness.missed(post)]
    tests = [post for post in named["deleted"] if witness.missed(post)]
    videos = [post for post in planted("format-morning-run") if post.site != MASTODON]
    people = {
        "expert": (stars.expert, "influencer-expert"),
        "creator": (stars.creator, "influencer-creator"),
        "ambassador": (stars.ambassador, "influencer-ambassador"),
    }
    items = [
        item("trend-bike-bus", "planted", "Groups of children riding to school, across networks",
             planted("trend-bike-bus"), stage=["growing"],
             growth=round(len(week[8]) / len(week[7]), 2),
             authors=len({post.account for post in week[8]}),
             path=["mastodon/fr", "bluesky/fr", "feeds/fr", "en"]),
        item("trend-rain-roof", "planted", "An open sewing pattern for a rain roof", roof,
             stage=["new"], first="hackernews",
             authors=len({post.account for post in roof})),
        item("crisis", "planted", "Quincabelle's cracked frames", crisis, brand="quincabelle",
             from_=at(51, 0).isoformat(), until=at(55, 0).isoformat(), negative=0.45),
        item("crisis-first-photo", "planted", "The photograph with which it began",
             named["first"], brand="quincabelle"),
        item("crisis-deleted-comments", "planted", "Comments that Quincabelle removed", tests),
        item("crisis-copied-replies", "planted", "One answer, copied to all", named["copied"]),
        item("crisis-story", "planted", "One article and eleven copies", named["dispatch"]),
        item("crisis-recall", "planted", "The recall", named["recall"], brand="quincabelle"),
        item("unanswered-questions", "planted", "Four questions to Trimouette", named["questions"],
             oldest_h=31.0),
        item("format-morning-run", "planted", "Cahotelle's vertical videos on Tuesdays at 18:00",
             videos, brand="cahotelle", platform="bluesky", factor=3.1, count=len(videos),
             weekday=1, hour=18),
        *(
            item(f"influencer-{kind}", "planted", f"A candidate: {kind}", planted(plan),
                 kind=kind,
                 accounts=[_account_id(account) for account in person.accounts.values()])
            for kind, (person, plan) in people.items()
        ),
        item("influencer-bought-reach", "decoy", "182,000 followers, sponsored, generic comments",
             planted("influencer-glossy"),
             accounts=[_account_id(one) for one in stars.glossy.accounts.values()],
             better=[
                 _account_id(one)
                 for person, _ in people.values()
                 for one in person.accounts.values()
             ]),
        item("influencer-local-paper", "decoy", "A local paper is media, not a person",
             [post for post in world.posts if post.account is stars.paper],
             accounts=[_account_id(stars.paper)]),
        item("giveaway", "decoy", "Haulberry's giveaway at eight times its median",
             [post for post in planted("giveaway") if post.site != MASTODON], brand="haulberry"),
        item("spam-burst", "decoy", "One offer shouted by four accounts", planted("spam-burst")),
        item("platform-dip", "decoy", "Bluesky had troubles on one day: no brand's fall",
             [post for post in world.posts if post.day == 22 and post.site == "bluesky"],
             day=world.almanac.day(22).isoformat(), platform="bluesky"),
        item("mastodon-outage", "decoy", "The Mastodon source is dead: no silence", [],
             platform="mastodon", since=_iso(world.outage)),
        item("recurring-black-friday", "decoy", "Black Friday comes every year",
             planted("recurring-black-friday")),
        item("clock-change", "decoy", "So does the change of the clocks", planted("clock-change")),
        item("homonym-village", "decoy", "A village has the name of a brand", planted("homonym"),
             brand="roulombe"),
        item("author-deleted", "decoy", "Posts that their authors have deleted", gone),
    ]  # fmt: skip
    for one in items:
        if "from_" in one["expects"]:
            one["expects"]["from"] = one["expects"].pop("from_")
    return {"seed": world.seed, "now": world.almanac.now.isoformat(), "items": items}


def _account_id(account: Any) -> str:
    if account.site == MASTODON:
        return f"mastodon:https://{account.home}/users/{account.handle}"
    return f"{account.site}:{account.native}"


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run of the demo has found."""

    documents: dict[str, dict[str, Any]]  # index documents of the planted posts, by truth's id
    ids: dict[str, str]  # store id → truth's id, for articles
    trends: Sequence[Any]
    alerts: Sequence[Any]
    influencers: Sequence[Any]
    benchmarks: Sequence[Any]
    questions: Sequence[Any]
    sources: Sequence[Any]

    def told(self, ids: Iterable[str]) -> set[str]:
        """Ids of findings as the truth writes them."""
        return {self.ids.get(id, id) for id in ids}


Verdict = tuple[bool, list[str]]


def judge(
    truth: dict[str, Any],
    *,
    store: Any,
    trends: Sequence[Any],
    alerts: Sequence[Any],
    influencers: Sequence[Any],
    benchmarks: Sequence[Any],
    questions: Sequence[Any],
    sources: Sequence[Any],
) -> dict[str, dict[str, Any]]:
    """For each planted item whether it was found, for each decoy whether nobody fell for it, with
    the evidence. `sources` are the source runs of the last collection."""
    from vigie.demo.verdicts import VERDICTS

    documents, ids = _documents(store, truth)
    findings = Findings(documents, ids, trends, alerts, influencers, benchmarks, questions, sources)
    told = {}
    for item in truth["items"]:
        verdict: Callable[[dict[str, Any], Findings], Verdict] = VERDICTS[item["id"]]
        collected = sum(id in documents for id in item["posts"])
        if item["posts"] and collected < COLLECTED * len(item["posts"]):
            found, evidence = False, [f"collected {collected} of {len(item['posts'])} posts"]
        else:
            found, evidence = verdict(item, findings)
        told[item["id"]] = {"found": found, "evidence": evidence}
    return told


COLLECTED = 0.9  # of an item's posts: with fewer in the store nothing can be said


def judge_workspace(
    world: World, workspace: Workspace, sources: Sequence[SourceRun]
) -> dict[str, dict[str, Any]]:
    """The verdicts on what the last analysis of a workspace has found."""
    from vigie.analysing import frame_of
    from vigie.insights.questions import unanswered
    from vigie.records import Alert, Benchmark, Influencer, Run, Trend

    store, now = workspace.store, workspace.clock.now()
    run = max((one.id for one in store.all(Run) if one.kind == "analyse"), default="")

    def latest(kind: type[Any]) -> list[Any]:
        return [one for one in store.all(kind) if one.run_id == run]

    return judge(
        tell(world),
        store=store,
        trends=latest(Trend),
        alerts=latest(Alert),
        influencers=latest(Influencer),
        benchmarks=latest(Benchmark),
        questions=unanswered(
            frame_of(store, now - timedelta(days=15), now),
            now=now,
            brands=workspace.watchlist.brands,
        ),
        sources=sources,
    )


def _documents(
    store: Any, truth: dict[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The index documents of all planted posts, and the truth's names of articles."""
    from vigie.store import Filters

    wanted = list(dict.fromkeys(id for item in truth["items"] for id in item["posts"]))
    known = {}
    for frame in store.scan(
        Filters(platforms=("feeds", "news"), states=("live", "deleted")), ["id", "url"]
    ):
        for id, url in frame.iter_rows():
            known[f"{PRESS}:{(url or '').rstrip('/').rpartition('/')[2]}"] = id
    real = [known.get(id, id) for id in wanted]
    found = dict(zip(wanted, store.documents(real), strict=True))
    documents = {id: document for id, document in found.items() if document is not None}
    return documents, {
        store_id: id for id, store_id in zip(wanted, real, strict=True) if store_id != id
    }


def share(values: Iterable[bool]) -> float:
    """The part of values that are true; 0 for none."""
    known = list(values)
    return sum(known) / len(known) if known else 0.0


def most_common(values: Iterable[Any]) -> tuple[Any, int]:
    """The most frequent value that is not None, and how often it occurs."""
    counted = Counter(value for value in values if value is not None)
    return counted.most_common(1)[0] if counted else (None, 0)


def near(value: datetime, text: str, within: timedelta) -> bool:
    """Whether a time lies within a span of an ISO time."""
    return abs(value - datetime.fromisoformat(text)) <= within
