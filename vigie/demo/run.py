"""The demo: the ordinary crawlers, readers and detectors over the simulated world."""

from __future__ import annotations

import asyncio
import gc
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from vigie.clock import MachineClock, SetClock
from vigie.demo import script, truth
from vigie.demo.almanac import Almanac
from vigie.demo.people import cast
from vigie.demo.server import Served, serve
from vigie.demo.world import SEED, World
from vigie.enriching import Enricher
from vigie.errors import ConfigError
from vigie.pipeline import Pipeline, Progress, unread
from vigie.records import SourceRun
from vigie.store import Filters, Page
from vigie.workspace import FILE, Workspace

ZONE = ZoneInfo("Europe/Paris")
Report = dict[str, Any]
TOLD = 12  # findings


async def run(
    dir: Path,
    *,
    seed: int | None,
    lang: Literal["fr", "en"],
    port: int | None,
    progress: Progress,
    store: str | None = None,
    report: Callable[[Report, str], None],
) -> None:
    """The whole way in a workspace at `dir`; on one that exists it goes on from where it was.
    With a port the explorer answers from the beginning, and after the report until stopped.
    `store`: of a new demo, "embedded" (also None) or "opensearch". `report` is told what came of
    it, and the explorer's address ("": it is not served)."""
    state = _State.of(dir, seed, store)
    clock = SetClock(state.now)
    # What it watches stands before the world does, so that the explorer answers at once.
    served = Served(state.free_port())
    outlets = [outlet["id"] for outlet in cast()["outlet"]]
    watchlist = script.watchlist(served, Almanac(state.now), outlets, lang)
    state.write_watchlist(served, watchlist + state.store)
    keys = script.tokens(state.seed)
    state.write_tokens(keys)
    space = Workspace(dir, clock=clock)
    space.override(keys)  # a real key that is set here is none of this world's
    exploring: asyncio.Task[None] | None = None
    address = ""

    def open_at(url: str) -> None:
        nonlocal address
        address = url
        progress("explorer", {"→": url})

    try:
        with space, space.alone("run"):
            if port is not None:
                exploring = asyncio.create_task(_explore(dir, lang, port, open_at))
            with closing(Enricher(space)) as enricher:
                world = await _prepare(state, enricher, progress)
                async with serve(world, clock, served.port, script.grants(keys)):
                    pipeline = Pipeline(space, progress=progress)
                    sources = await _collect(pipeline, enricher, world, state, clock, progress)
            clock.set(state.now)
            if not state.analysed:  # again it would go on from what it found at this instant
                await pipeline.analyse()
                state.note_analysis()
            document = _report(space, pipeline, world, sources, served.base)
            document["findings"] = await asyncio.to_thread(_brief, space)
            report(document, address)
        if exploring is not None:
            await exploring
    finally:
        if exploring is not None:
            exploring.cancel()


async def _prepare(state: _State, enricher: Enricher, progress: Progress) -> World:
    """The world; while it is built, the reading process loads its models."""
    progress("world", {})
    warming = (
        asyncio.to_thread(enricher.warm) if state.done < len(script.STOPS) else asyncio.sleep(0)
    )
    world, _ = await asyncio.gather(asyncio.to_thread(World, state.now, state.seed), warming)
    gc.freeze()  # the world lives as long as the program: no collection has to walk it
    return world


async def _collect(
    pipeline: Pipeline,
    enricher: Enricher,
    world: World,
    state: _State,
    clock: SetClock,
    progress: Progress,
) -> tuple[SourceRun, ...]:
    """Crawls at the stops that are still to come, while what each brought is read in a process of
    its own; answers with the last crawl's sources."""
    stops = script.stops(world.almanac)
    sources: tuple[SourceRun, ...] = ()
    reading: asyncio.Task[int] | None = None
    asked: set[str] = set()

    async def read(ids: list[str], before: asyncio.Task[int] | None) -> int:
        if before is not None:
            await before
        return await asyncio.to_thread(enricher.read_ids, ids, progress)

    for number, stop in enumerate(stops, 1):
        if number <= state.done:
            continue
        clock.set(stop.at)
        before = pipeline.counts.copy()
        sources = (await pipeline.collect()).sources
        # The ids now, so that the order of reading is the same however fast it goes.
        fresh = [id for id in unread(pipeline.workspace) if id not in asked]
        asked.update(fresh)
        reading = asyncio.create_task(read(fresh, reading))
        if stop.told:
            await reading
            await pipeline.analyse()
            await asyncio.to_thread(_brief, pipeline.workspace)
        state.note(number, sources)
        progress(
            "instant",
            {
                "number": number,
                "of": len(stops),
                "at": stop.at,
                "new": pipeline.counts["new_post"] - before["new_post"],
                "posts": _posts(pipeline.workspace),
                "gone": pipeline.counts["new_tombstone"] - before["new_tombstone"],
                "down": sum(source.state == "broken" for source in sources),
            },
        )
    with pipeline.stage("enrich"):
        if reading is not None:
            await reading
        await asyncio.to_thread(enricher.read_all, progress)
    return sources or state.sources


def _posts(space: Workspace) -> int:
    return space.store.search("*", Filters(), page=Page(size=0)).total


def _brief(space: Workspace) -> list[dict[str, str]]:
    """Writes the briefing of the week that has ended; answers with what it tells, in both
    languages and with the explorer's page of each."""
    from vigie.briefing import FILE, load
    from vigie.delivering import deliver_week

    written = next(path for path in deliver_week(space) if path.name == FILE)
    return [
        {"fr": claim.sentence_fr, "en": claim.sentence_en, "url": claim.url}
        for claim in sorted(load(written).claims, key=lambda claim: -claim.weight)[:TOLD]
    ]


def _report(
    space: Workspace,
    pipeline: Pipeline,
    world: World,
    sources: tuple[SourceRun, ...],
    base: str,
) -> Report:
    """What came of it, the same for a seed at whatever port: addresses begin behind `base`."""
    told = json.dumps(truth.tell(world), ensure_ascii=False, indent=1)
    (space.data / "truth.json").write_text(told, encoding="utf-8")
    found = truth.judge_workspace(world, space, sources)
    states: dict[str, int] = {}
    for source in sources:
        states[source.state] = states.get(source.state, 0) + 1
    return {
        "sources": {
            source.key.replace(base, ""): {"state": source.state, "reason": source.reason}
            for source in sorted(sources, key=lambda source: source.key)
        },
        "states": dict(sorted(states.items())),
        "posts": _posts(space),
        "seconds": pipeline.seconds,
        "truth": found,
    }


def lines_of(document: Report, lang: str, explorer: str = "") -> list[str]:
    """The report for a person: what was found, with its page where the explorer is served, and
    whether it is what was planted."""
    told = document["truth"]
    right = sum(bool(item["found"]) for item in told.values())
    head = (
        f"{document['posts']} publications, {right}/{len(told)} éléments plantés retrouvés"
        if lang == "fr"
        else f"{document['posts']} posts, {right}/{len(told)} planted items told right"
    )
    marks = {True: "✓", False: "✗"}
    door = explorer.rstrip("/")
    return [
        "Ce que Vigie a trouvé :" if lang == "fr" else "What Vigie found:",
        *(
            f"  • {one[lang]}" + (f"\n    {door}{one['url']}" if door and one["url"] else "")
            for one in document["findings"]
        ),
        head,
        *(f"  {marks[bool(item['found'])]} {id}" for id, item in sorted(told.items())),
    ]


async def _explore(
    dir: Path, lang: Literal["fr", "en"], port: int, ready: Callable[[str], None]
) -> None:
    from vigie.explorer.serving import serve as serve_explorer

    with Workspace.open(dir, lang=lang, read_only=True) as space:
        await serve_explorer(space, host="127.0.0.1", port=port, ready=ready)


class _State:
    """What a demo workspace keeps beside its store: seed, now, instants done, the world's port."""

    def __init__(self, dir: Path, kept: dict[str, Any]) -> None:
        self.dir = dir
        self._kept = kept

    @classmethod
    def of(cls, dir: Path, seed: int | None, store: str | None) -> _State:
        """The state of a folder, begun where there is none. Raises ConfigError for another seed or
        store than it began with, and for a workspace that is no demo."""
        path = dir / ".vigie" / "demo.json"
        if path.is_file():
            kept = json.loads(path.read_text("utf-8"))
            if seed is not None and seed != kept["seed"]:
                raise ConfigError(
                    f"this world has seed {kept['seed']}", where=str(dir), do="take another --dir"
                )
            held = "opensearch" if "prefix" in kept else "embedded"
            if store not in (None, held):
                raise ConfigError(
                    f"this demo's store is {held}", where=str(dir), do="take another --dir"
                )
            return cls(dir, kept)
        if (dir / FILE).exists():
            raise ConfigError("a workspace, but no demo's", where=str(dir), do="take another --dir")
        now = last_monday(MachineClock().now())
        state = cls(
            dir, {"seed": SEED if seed is None else seed, "now": now.isoformat(), "done": 0}
        )
        if store == "opensearch":
            state._kept["prefix"] = f"vigie-demo-{secrets.token_hex(3)}"  # a cluster has many users
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "now").write_text(now.isoformat(), encoding="utf-8")
        state._write()
        return state

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self._kept["now"])

    @property
    def seed(self) -> int:
        return int(self._kept["seed"])

    @property
    def done(self) -> int:
        return int(self._kept["done"])

    @property
    def analysed(self) -> bool:
        """Whether what was crawled at the last instant has been analysed."""
        return bool(self._kept.get("analysed"))

    def note_analysis(self) -> None:
        self._kept["analysed"] = True
        self._write()

    @property
    def store(self) -> str:
        """What the watchlist says of the store."""
        if "prefix" not in self._kept:
            return ""
        prefix = self._kept["prefix"]
        return f'\n[store]\nengine = "opensearch"\nprefix = "{prefix}"\nperiod = "year"\n'

    @property
    def sources(self) -> tuple[SourceRun, ...]:
        return tuple(SourceRun.model_validate(one) for one in self._kept.get("sources", ()))

    def note(self, done: int, sources: tuple[SourceRun, ...]) -> None:
        self._kept["done"] = done
        self._kept["sources"] = [source.model_dump(mode="json") for source in sources]
        self._write()

    def free_port(self) -> int:
        """The port of the last time where it is still free (then addresses are the same), else
        another one."""
        import socket

        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", int(self._kept.get("port", 0))))
            except OSError:
                probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def write_watchlist(self, served: Served, text: str) -> None:
        self._kept["port"] = served.port
        self._write()
        (self.dir / FILE).write_text(text, encoding="utf-8")

    def write_tokens(self, keys: Mapping[str, str]) -> None:
        path = self.dir / ".env"
        if not path.exists():
            path.touch(0o600)
            path.write_text("".join(f"{name}={key}\n" for name, key in keys.items()), "utf-8")

    def _write(self) -> None:
        path = self.dir / ".vigie" / "demo.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(self._kept, indent=1), encoding="utf-8")
        fresh.replace(path)


def last_monday(now: datetime) -> datetime:
    """The last Monday, 9:00 in Paris."""
    local = now.astimezone(ZONE)
    monday = (local - timedelta(days=local.weekday())).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    if monday > local:
        monday -= timedelta(days=7)
    return monday.astimezone(UTC)
