"""Collects into a folder: as a function for tests, and as a program that a test can kill.

collecting.py FOLDER WATCHLIST.json PLATFORM     prints a line after each landing
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT),) if path not in sys.path]

from crawlers import load  # noqa: E402
from vigie.clock import MachineClock  # noqa: E402
from vigie.crawl import crawl  # noqa: E402
from vigie.landing import Landing  # noqa: E402
from vigie.mapping import Mapper  # noqa: E402
from vigie.records import Post, SourceRun  # noqa: E402
from vigie.sources import Answer, Crawler, Target  # noqa: E402
from vigie.store import Filters  # noqa: E402
from vigie.store.embedded import EmbeddedStore  # noqa: E402
from vigie.watchlist import Watchlist, parse  # noqa: E402


@dataclass
class Collection:
    """A landing and a store in one folder, and what was refused by the mappers."""

    folder: Path
    document: dict[str, Any]
    refused: list[str] = field(default_factory=list)
    landed: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.watchlist: Watchlist = parse(self.document)
        self.landing = Landing(self.folder / "landing")
        self.store = EmbeddedStore(self.folder / "store", timezone="Europe/Paris")
        self.mapper = Mapper(self.watchlist)

    def land(self, answers: Sequence[Answer]) -> None:
        self.landing.append(answers)
        batch = self.mapper.map(answers)
        self.refused += [reason for _, reason in batch.refused]
        self.store.upsert(batch.records)
        self.landed += len(answers)
        print(self.landed, flush=True)

    def run(self, crawler: Crawler, **options: Any) -> list[SourceRun]:
        return asyncio.run(
            crawl(
                [crawler], self.watchlist, store=self.store, land=self.land,
                clock=MachineClock(), run_id="contract", environ={}, **options,
            )
        )  # fmt: skip

    def refresh(self, platform: str) -> list[Target]:
        """The targets that read every live post again."""
        crawler = load(platform)
        return crawler.refresh(self.posts(), self.watchlist)

    def ids(self, *states: str) -> set[str]:
        frames = self.store.scan(Filters(states=states or ("live",)), ["id"])
        return {id for frame in frames for id in frame["id"]}

    def posts(self) -> list[Post]:
        return [post for post in self.store.get(sorted(self.ids()), Post) if post]

    def close(self) -> None:
        self.store.close()
        self.landing.close()


def killed_after(landings: int, folder: Path, document: dict[str, Any], platform: str) -> bool:
    """Collects in a process that is killed after so many landings; False where it ended before."""
    folder.mkdir(exist_ok=True)
    file = folder / "watchlist.json"
    file.write_text(json.dumps(document))
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder), str(file), platform],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for number, _ in enumerate(process.stdout, 1):
        if number == landings:
            process.kill()
            break
    process.stdout.close()
    return process.wait(60) == -9


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text())
    collection = Collection(Path(sys.argv[1]), given)
    collection.run(load(sys.argv[3]), batch=1)
    collection.close()
