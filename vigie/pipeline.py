"""The whole way as plain async functions, in order; `flows/` decorates, `vigie/cli/` calls them.

    collect → (land → map → store) → enrich → analyse

Every step can be killed and started again: landing is on disk before a cursor moves, the store is
idempotent, and what was collected but not read yet is found by `unread`.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from vigie.deletions import carry_out, cut_pending
from vigie.erasing import Forgotten
from vigie.errors import Busy
from vigie.leases import held
from vigie.logs import bound
from vigie.mapping import Batch, Mapper, parents, under
from vigie.policies import Policies
from vigie.records import Cursor, Enrichment, MetricSample, Post, Record, Run, SourceRun
from vigie.refreshing import due
from vigie.retention import Keeping, obey
from vigie.sources import Answer, Target
from vigie.store import Filters
from vigie.visits import success_of
from vigie.workspace import Workspace

Progress = Callable[[str, dict[str, Any]], None]
REPLAYED = 200  # answers
CHUNKS = 10  # chunks of a file, of a thousand rows each, that are stored together
LIMIT_S = 900.0  # that one platform's crawl may take; no token lapses within it
REASONS = 5  # rows of a chunk whose refusal is told
TOLD = 20  # errors of a run that are kept in its record


def quiet(stage: str, figures: dict[str, Any]) -> None:
    """Progress that nobody asked for."""


class Pipeline:
    """One run over one workspace."""

    def __init__(self, workspace: Workspace, *, progress: Progress = quiet) -> None:
        self.workspace = workspace
        self.store = workspace.store
        self.clock = workspace.clock
        self.mapper = Mapper(workspace.watchlist)
        self.policies = Policies(workspace.watchlist)
        self.progress = progress
        self.run_id = uuid.uuid4().hex[:16]
        self.seconds: dict[str, float] = {}
        self.counts: Counter[str] = Counter()
        self.drift: dict[str, dict[str, Counter[str]]] = {}
        self.refused: Counter[str] = Counter()
        self.items: Counter[str] = Counter()
        self.errors: list[str] = []
        self.options: dict[str, Any] = {}  # of `crawl`, beside what the workspace says
        self.patience_s = 1.5 * workspace.watchlist.cluster.lease_s  # whoever died is free by then
        self._taking = asyncio.Lock()  # one batch at a time, whoever crawls

    @cached_property
    def forgotten(self) -> Forgotten:
        """Accounts that are not stored again."""
        return Forgotten.of(self.workspace)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a stage and tells of its beginning."""
        begun = time.perf_counter()
        try:
            with bound(run_id=self.run_id, stage=name):
                self.progress(name, {})
                yield
        finally:
            spent = time.perf_counter() - begun
            self.seconds[name] = round(self.seconds.get(name, 0.0) + spent, 2)

    # collect ------------------------------------------------------------------------------------

    async def collect(self, only: Sequence[str] = ()) -> Run:
        """Reads all sources of the watchlist once; what they gave is landed, mapped and stored.
        The run names each source's state; it is stored and returned."""
        started, counts, seconds = self.clock.now(), Counter(self.counts), dict(self.seconds)
        with self.stage("collect"):
            sources = await self.visit(only)
        return self.record("collect", started, sources, counts=counts, seconds=seconds)

    async def visit(self, only: Sequence[str] = ()) -> list[SourceRun]:
        """Reads sources, chosen by platform or the beginning of their key, and tells how each went.
        Platforms may be visited at the same time, each in a call of its own."""
        from crawlers import load, names
        from vigie.crawl import targets_of

        watchlist = self.workspace.watchlist
        platforms = [name for name in names() if not only or name in {_platform(o) for o in only}]
        for counted in (self.items, self.refused, self.drift):
            for key in [key for key in counted if _platform(key) in platforms]:
                del counted[key]
        again, waiting = due(self.workspace, platforms)
        if waiting:
            self.counts["waiting"] += waiting
        crawlers = [load(name) for name in platforms]
        targets = [
            target
            for crawler in crawlers
            for target in crawler.refresh(
                [post for post in again if post.platform == crawler.name], watchlist
            )
        ]
        async with AsyncExitStack() as stack:
            mine: list[Any] = []
            left: list[SourceRun] = []
            for crawler in crawlers:
                its = targets_of(crawler, watchlist, targets, only)
                if not its:
                    continue
                try:
                    await stack.enter_async_context(
                        held(self.workspace, f"collect:{crawler.name}", self.patience_s)
                    )
                    mine.append(crawler)
                except Busy:
                    left += [self._left(target.key) for target in its]
            sources = await self._crawl(mine, only, targets)
        return [self._with_drift(source) for source in sources] + left

    def sources(self, only: Sequence[str]) -> bool:
        """Whether the watchlist has a source among these, or a post to read again."""
        from crawlers import load
        from vigie.crawl import targets_of

        watchlist = self.workspace.watchlist
        platforms = [_platform(one) for one in only]
        return any(targets_of(load(one), watchlist, (), only) for one in platforms) or bool(
            due(self.workspace, platforms)[0]
        )

    async def _crawl(
        self, crawlers: Sequence[Any], only: Sequence[str], targets: Sequence[Target]
    ) -> list[SourceRun]:
        from vigie.connecting.renewing import note, ready
        from vigie.crawl import crawl

        space = self.workspace
        tokens = await asyncio.to_thread(
            ready, space, crawlers, self.options.get("limit_s", LIMIT_S)
        )
        sources = await crawl(
            crawlers,
            space.watchlist,
            store=self.store,
            land=self.land,
            clock=self.clock,
            run_id=self.run_id,
            only=only,
            targets=targets,
            environ=tokens.environ,
            denied=tokens.denied,
            **{"limit_s": LIMIT_S, **self.options},
        )
        await asyncio.to_thread(note, space, crawlers, sources)
        return sources

    def _left(self, key: str) -> SourceRun:
        """A source that another worker reads just now."""
        now, cursor = self.clock.now(), self.store.get([key], Cursor)[0]
        return SourceRun(
            key=key, platform=_platform(key), state="skipped", reason="another worker reads it",
            started_at=now, ended_at=now, last_success_at=success_of(cursor),
        )  # fmt: skip

    async def land(self, answers: Sequence[Answer]) -> None:
        """Puts answers on disk, then into the store. Returning means that cursors may move."""
        async with self._taking:
            self.workspace.landing.append([one for one in answers if self._lands(one)])
            await asyncio.to_thread(self.take, answers)

    def _lands(self, answer: Answer) -> bool:
        """Whether the platform's terms let its raw answer be kept; what does not land is stored all
        the same before a cursor moves."""
        return answer.endpoint == "import" or self.policies[answer.platform].raw

    def take(self, answers: Sequence[Answer]) -> Batch:
        """Maps landed answers and stores what they hold; what cannot be mapped is set aside."""
        from vigie.enriching import unread_changed

        batch = self._with_owners(self.mapper.map(answers))
        for answer, reason in batch.refused:
            if self._lands(answer):
                self.workspace.landing.quarantine(answer, reason)
            self.refused[answer.target] += 1
        self.items.update(batch.items)
        for name in ("unknown", "missing", "retyped", "seen"):
            for target, fields in getattr(batch, name).items():
                told = self.drift.setdefault(target, {})
                told.setdefault(name, Counter()).update(fields)
        batch.records = Keeping.of(self.workspace).kept(self.forgotten.left(batch.records))
        upserted = self.store.upsert(batch.records)
        unread_changed(self.store, batch.posts)
        if gone := carry_out(self.workspace, batch.records):
            self.counts["gone_posts"] += gone
        for kind, number in upserted.new.items():
            self.counts[f"new_{kind}"] += number
        self.counts["quarantined"] += len(batch.refused)
        self.progress("taken", dict(self.counts))
        return batch

    def _with_owners(self, batch: Batch) -> Batch:
        """Replies whose thread began in an earlier batch get their owner from the store, and so do
        posts that are shown without their author (under a hashtag of Instagram's)."""
        posts = batch.posts
        here = {post.id for post in posts}
        loose = [post for post in posts if post.origin in ("earned", "paid")]
        bare = {post.id for post in loose if post.author.id is None and post.author.handle is None}
        wanted = sorted((parents(loose) - here) | bare)
        if not wanted:
            return batch
        found = [post for post in (*self.store.get(wanted, Post), *posts) if post and post.owner]
        owned = {post.id: post.owner for post in found if post.owner and post.origin == "owned"}
        told = {post.id: post for post in found if post.id in bare}

        def placed(record: Record) -> Record:
            if not isinstance(record, Post):
                return record
            if record.id in told and record.owner is None:
                known = told[record.id]
                return record.with_valid(origin=known.origin, owner=known.owner)
            return under(record, owned)

        if owned or told:
            batch.records = [placed(record) for record in batch.records]
        return batch

    def _with_drift(self, source: SourceRun) -> SourceRun:
        drift = self.drift.get(source.key, {})
        fields = {name: dict(drift.get(name, {})) for name in ("unknown", "missing", "retyped")}
        paths = {field.rpartition(".")[0] for told in fields.values() for field in told}
        items = self.items[source.key]
        refused = self.refused[source.key]
        change: dict[str, Any] = {
            "items": items,
            **{f"{name}_fields": told for name, told in fields.items()},
            "seen_objects": {
                path: number for path, number in drift.get("seen", {}).items() if path in paths
            },
            "quarantined": refused,
        }
        if source.state == "ok" and refused and not items:
            change |= {"state": "broken", "reason": "unknown shape: nothing could be mapped"}
        elif source.state == "ok" and not items and not source.not_modified:
            # What a budget kept from being asked is not silence.
            spent = (source.reason or "").startswith("budget")
            change |= {"state": "skipped" if spent else "empty"}
        return source.model_copy(update=change)

    # import -------------------------------------------------------------------------------------

    def take_file(self, answers: Iterable[Answer]) -> None:
        """Lands, maps and stores a file's chunks; counts how many rows were read and how many
        refused, of which the first are told in `errors`."""
        for chunk in batched(answers, CHUNKS):
            self.workspace.landing.append(chunk)
            rows = sum(_rows(answer) for answer in chunk)
            self.counts["rows"] += rows
            batch = self.take(chunk)
            days = {
                (one.entity, one.captured_at)
                for one in batch.records
                if isinstance(one, MetricSample) and one.scope == "own"
            }  # a row of figures is a day of an account
            self.counts["refused"] += rows - len(batch.posts) - len(days)
            self.errors += [_of_rows(answer, reason) for answer, reason in batch.refused]

    # enrich -------------------------------------------------------------------------------------

    async def enrich(self) -> int:
        """Reads all posts that no reader has read in their present words; answers how many."""
        from vigie.enriching import Enricher

        with self.stage("enrich"), closing(Enricher(self.workspace)) as enricher:
            return await asyncio.to_thread(enricher.read_all, self.progress)

    # analyse ------------------------------------------------------------------------------------

    async def analyse(self) -> dict[str, int]:
        """Takes out what the platforms' terms do not let be kept, then finds trends, alerts,
        benchmarks and candidates as of now, stores and delivers them."""
        from vigie.analysing import analyse
        from vigie.delivering import deliver_alerts

        with self.stage("analyse"):
            for what, number in (await asyncio.to_thread(obey, self.workspace)).items():
                self.counts[f"gone_{what}"] += number
            await asyncio.to_thread(cut_pending, self.workspace)
            found = await asyncio.to_thread(analyse, self.workspace)
            await asyncio.to_thread(deliver_alerts, self.workspace)
            return found

    # the run ------------------------------------------------------------------------------------

    def record(
        self,
        kind: Any,
        started: datetime,
        sources: Sequence[SourceRun] = (),
        *,
        counts: Counter[str] | None = None,
        seconds: Mapping[str, float] | None = None,
    ) -> Run:
        """Stores what a run did since `counts` and `seconds` stood where they say."""
        counts, seconds = counts or Counter(), seconds or {}
        run = Run(
            id=f"{started:%Y%m%dT%H%M%S}-{self.run_id}-{kind}",
            kind=kind,
            started_at=started,
            ended_at=self.clock.now(),
            sources=tuple(sources),
            counts={name: number - counts[name] for name, number in self.counts.items()},
            seconds={
                name: round(spent - seconds.get(name, 0.0), 2)
                for name, spent in self.seconds.items()
            },
            errors=tuple(self.errors[:TOLD]),
        )
        self.store.upsert([run])
        return run

    async def all(self, only: Sequence[str] = ()) -> Run:
        """Collect, enrich, analyse once; a second run at the same time is refused."""
        with self.workspace.alone("run"):
            run = await self.collect(only)
            self.counts["read"] = await self.enrich()
            self.counts.update(await self.analyse())
            return self.record("all", run.started_at, run.sources)


def _platform(key: str) -> str:
    """The platform of a source's key."""
    return key.partition("/")[0]


def _rows(answer: Answer) -> int:
    """Rows of a file that an answer holds."""
    return sum(number for _, number in answer.meta.get("rows", ()))


def _of_rows(answer: Answer, reason: str) -> str:
    """Why rows of a file are refused, with its name: the first of a chunk's thousand."""
    file = f"{answer.meta.get('file')}: "
    rows = re.split(r"; (?=row \d+: )", reason.removeprefix(file))
    left = len(rows) - REASONS
    return file + "; ".join(rows[:REASONS]) + (f" and {left} more" if left > 0 else "")


def batched(answers: Iterable[Answer], size: int) -> Iterator[list[Answer]]:
    """Lists of up to `size` answers, in order."""
    flowing = iter(answers)
    while chunk := list(islice(flowing, size)):
        yield chunk


def unread(
    workspace: Workspace, since: datetime | None = None, until: datetime | None = None
) -> list[str]:
    """Posts that no reader has read yet, oldest first; of all times, or of a span of them."""
    ids: list[str] = []
    for frame in workspace.store.scan(Filters(since=since, until=until), ["id", "story_id"]):
        ids.extend(frame.filter(frame["story_id"].is_null())["id"].to_list())
    return ids


def enrichments(workspace: Workspace, ids: Sequence[str]) -> list[Enrichment | None]:
    return workspace.store.get(ids, Enrichment)


def folder_of(workspace: Workspace, name: str) -> Path:
    """A folder below `.vigie`, made when it is missing."""
    path = workspace.data / name
    path.mkdir(parents=True, exist_ok=True)
    return path
