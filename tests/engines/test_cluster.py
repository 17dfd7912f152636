"""What the store promises of a cluster: what it acknowledged is there, whoever dies or is busy."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from front import Answer, Asked, Middle, Send, front
from nodes import Cluster

from vigie.errors import StoreError
from vigie.records import Enrichment, Post, Record, Source
from vigie.store import bulk
from vigie.store import engine as seam
from vigie.store.embedded import EmbeddedStore
from vigie.store.engine import TRIES, Access, Unreachable, open_engine
from vigie.store.naming import Names
from vigie.store.opensearch import OpenSearchStore

pytestmark = pytest.mark.engines
T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)
ZONE = "Europe/Paris"
BATCH = 40


@contextmanager
def opened(urls: Sequence[str], prefix: str) -> Iterator[OpenSearchStore]:
    store = OpenSearchStore(open_engine(Access(tuple(urls))), Names(prefix, "year"), timezone=ZONE)
    try:
        yield store
    finally:
        store.close()


def posts(first: int, count: int, *, hours: int = 0) -> list[Record]:
    """Posts with their counters, as observed so many hours later, and what was read of them."""
    seen = T0 + timedelta(days=100, hours=hours)
    made: list[Record] = []
    for number in range(first, first + count):
        post = Post.model_validate(
            {
                "id": f"mastodon:{number}",
                "platform": "mastodon",
                "native_id": str(number),
                "text": f"été lancée {number} #automne 🔥",
                "hashtags": ("automne",),
                "published_at": T0 + timedelta(minutes=number),
                "metrics": {"likes": number + hours, "shares": 1, "replies": 0},
                "first_seen_at": seen,
                "collected_at": seen,
                "source": Source(collector="c", endpoint="e", run_id="r", mapper_version="1"),
            }
        )
        made += [
            post,
            Enrichment(
                id=post.id, text_hash="t", language="fr", story_id=post.id, enriched_at=seen
            ),
        ]
    return made


class Writing(threading.Thread):
    """Upserts batch after batch; `acknowledged` are the ids of those that returned."""

    def __init__(self, store: OpenSearchStore, batches: int) -> None:
        super().__init__()
        self._store, self._batches = store, batches
        self._moved = threading.Condition()
        self.acknowledged: list[str] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for number in range(self._batches):
                batch = posts(number * BATCH, BATCH)
                self._store.upsert(batch)
                with self._moved:
                    self.acknowledged += [one.id for one in batch if isinstance(one, Post)]
                    self._moved.notify()
        except BaseException as error:
            self.error = error
        finally:
            with self._moved:
                self._batches = 0
                self._moved.notify()

    def wait_for(self, count: int) -> None:
        """Until so many posts are acknowledged, or there is nothing more to come."""
        with self._moved:
            assert self._moved.wait_for(
                lambda: len(self.acknowledged) >= count or not self._batches, 120
            )


def assert_all_there(store: OpenSearchStore, ids: Sequence[str]) -> None:
    assert store.search("*").total == len(ids)
    missing = [id for id, post in zip(ids, store.get(ids, Post), strict=True) if post is None]
    assert not missing
    unread = [id for id, one in zip(ids, store.get(ids, Enrichment), strict=True) if one is None]
    assert not unread
    assert store.verify() == []


@pytest.mark.parametrize("victim", ["primary", "manager"])
def test_one_of_three_dies_under_load(three: Cluster, prefix_of_three: str, victim: str) -> None:
    batches = 30
    with opened(three.urls, prefix_of_three) as store:
        writing = Writing(store, batches)
        writing.start()
        writing.wait_for(8 * BATCH)
        # An index that has no copy yet waits for its node to come back.
        three.ask("GET", f"/_cluster/health/{prefix_of_three}-*?wait_for_status=green&timeout=60s")
        number = lead_of(three, prefix_of_three, victim)
        before = len(writing.acknowledged)
        three.kill(number)
        writing.wait_for(before + 8 * BATCH)
        three.start(number)
        writing.join()
        assert writing.error is None
        assert before < len(writing.acknowledged) == batches * BATCH
        assert_all_there(store, writing.acknowledged)


def test_a_single_node_dies_right_after_its_answer(mortal: Cluster, prefix: str) -> None:
    with opened(mortal.urls, prefix) as store:
        records = posts(0, 300)
        store.upsert(records)
        mortal.kill(1)
        mortal.start(1)
        assert_all_there(store, ids_of(records))


def test_a_node_that_dies_in_the_middle_and_stays_away(mortal: Cluster, prefix: str) -> None:
    with opened(mortal.urls, prefix) as store:
        store.upsert(posts(0, 300))
    brisk = pytest.MonkeyPatch()
    hasten(brisk)
    killed = threading.Event()
    later = posts(0, 3000, hours=5)
    with (
        front(mortal.url, unheard(lambda: (mortal.kill(1), killed.set()))) as between,
        opened([between.url], prefix) as store,
    ):
        with pytest.raises(Unreachable, match=f"no answer after {TRIES} tries") as told:
            store.upsert(later)
        assert killed.is_set()
        assert told.value.do
        mortal.start(1)
        brisk.undo()
        store.upsert(later)
        assert_all_there(store, ids_of(later))
        likes = store.samples(["mastodon:7"], ["likes"])
        assert likes["value"].to_list() == [7, 12]


def test_a_node_that_dies_in_the_middle_and_comes_back(mortal: Cluster, prefix: str) -> None:
    killed = threading.Event()
    errors: list[StoreError] = []
    records = posts(0, 3000)
    with opened(mortal.urls, prefix):
        pass
    with (
        front(mortal.url, unheard(lambda: (mortal.kill(1), killed.set()))) as between,
        opened([between.url], prefix) as store,
    ):

        def write() -> None:
            try:
                store.upsert(records)
            except StoreError as error:
                errors.append(error)

        writing = threading.Thread(target=write)
        writing.start()
        assert killed.wait(120)
        mortal.start(1)
        writing.join()
        if errors:  # the node took longer to come back than the store waits
            assert isinstance(errors[0], Unreachable)
            store.upsert(records)
        assert_all_there(store, ids_of(records))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_server_that_is_busy_at_times_loses_nothing(
    server: Cluster, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    hasten(monkeypatch)
    chance = random.Random(seed)
    embedded = EmbeddedStore(tmp_path / "store", timezone=ZONE)
    with (
        front(server.url, overloaded(chance, 0.3), putting_off(chance, 0.3)) as between,
        opened([between.url], prefix) as store,
    ):
        for first in range(0, 600, 200):
            for hours in (3, 0):
                records = posts(first, 300, hours=hours)
                store.upsert(records)
                embedded.upsert(records)
        counted = sum(1 for asked in between.asked if asked.bulk)
        ids = [f"mastodon:{number}" for number in range(700)]
        assert_all_there(store, ids)
        assert store.documents(ids) == embedded.documents(ids)
        samples = ["entity", "metric", "captured_at", "value"]
        ours, theirs = (one.samples(ids).select(samples).sort(samples) for one in (store, embedded))
        assert ours.equals(theirs)
    embedded.close()
    assert counted > 20


def always(answer: Answer) -> Middle:
    return lambda asked, send: answer if asked.bulk else send(asked)


BREAKER = Answer.of(
    429,
    {
        "error": {
            "type": "circuit_breaking_exception",
            "reason": "[parent] Data too large, data for [<http_request>] would be too large",
            "durability": "TRANSIENT",
        },
        "status": 429,
    },
)


def test_a_server_that_stays_busy_is_left_alone_in_the_end(
    server: Cluster, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened([server.url], prefix):
        pass
    hasten(monkeypatch, first=0.02)
    grown = [min(0.02 * 2**n, 0.2) for n in range(TRIES - 1)]
    no_room = always(Answer.of(503, {"error": "no room"}))
    for middle in (no_room, always(BREAKER), putting_off(random.Random(0), 1.0)):
        with front(server.url, middle) as between, opened([between.url], prefix) as store:
            with pytest.raises(Unreachable, match=f"{TRIES} t") as told:
                store.upsert(posts(0, 10))
            asked = [one.at for one in between.asked if one.bulk]
        assert told.value.do
        assert len(asked) == TRIES
        waits = [after - before for before, after in pairwise(asked)]
        early = [w for w, least in zip(waits, grown, strict=True) if w < 0.65 * least]
        assert not early


# what a front does ------------------------------------------------------------------------------


def unheard(kill: Callable[[], object]) -> Middle:
    """The second bulk request is done, but nobody hears it: the node is killed before."""
    count = iter(range(1_000_000))

    def middle(asked: Asked, send: Send) -> Answer:
        if not asked.bulk or next(count) != 1:
            return send(asked)
        done = send(asked)
        assert done.status == 200
        kill()
        return Answer.of(502, {"error": "connection reset"})

    return middle


def overloaded(chance: random.Random, share: float) -> Middle:
    """A share of all requests is answered 429, 503 or by a circuit breaker."""
    said = [Answer.of(429, {"error": "busy"}), Answer.of(503, {"error": "no room"}), BREAKER]

    def middle(asked: Asked, send: Send) -> Answer:
        return chance.choice(said) if chance.random() < share else send(asked)

    return middle


def putting_off(chance: random.Random, share: float) -> Middle:
    """A share of the documents of each bulk request is put off, the others are passed on."""

    def middle(asked: Asked, send: Send) -> Answer:
        if not asked.bulk:
            return send(asked)
        kept: list[bytes] = []
        answers: list[str | None] = []
        lines = iter(asked.body.splitlines())
        for line in lines:
            ((action, _),) = orjson.loads(line).items()
            both = [line] if action == "delete" else [line, next(lines)]
            off = chance.random() < share
            answers.append(action if off else None)
            kept += [] if off else both
        items: Iterator[dict[str, object]] = iter(())
        if kept:
            body = b"\n".join(kept) + b"\n"
            headers = {k: v for k, v in asked.headers.items() if k != "content-length"}
            given = send(Asked(asked.method, asked.path, headers, body))
            if given.status != 200:
                return given
            items = iter(given.document["items"])
        error = {"type": "es_rejected_execution_exception", "reason": "queue capacity"}
        told = [
            next(items) if action is None else {action: {"status": 429, "error": error}}
            for action in answers
        ]
        return Answer.of(200, {"errors": True, "items": told})

    return middle


def hasten(patch: pytest.MonkeyPatch, *, first: float = 0.005) -> None:
    """The waits of the store, a twentieth as long or less."""
    for module in (seam, bulk):
        patch.setattr(module, "FIRST_WAIT_S", first)
        patch.setattr(module, "LONGEST_WAIT_S", 0.2)


# what a test asks a cluster ---------------------------------------------------------------------


def lead_of(cluster: Cluster, prefix: str, victim: str) -> int:
    """The node that leads the cluster, or that holds the primary of the posts."""
    if victim == "manager":
        rows = cluster.ask("GET", "/_cat/nodes?format=json&h=name,m")
        return next(int(row["name"][-1]) for row in rows if row["m"] == "*")
    shards = cluster.ask("GET", f"/_cat/shards/{prefix}-posts-2026?format=json&h=prirep,node")
    return next(int(shard["node"][-1]) for shard in shards if shard["prirep"] == "p")


def ids_of(records: Sequence[Record]) -> list[str]:
    return [one.id for one in records if isinstance(one, Post)]
