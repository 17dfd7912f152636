"""A crawl as a program, so that a test can kill it: `crawling.py URL FOLDER ACCOUNT…`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from plaza import Plaza, watchlist  # noqa: E402

from vigie.clock import MachineClock  # noqa: E402
from vigie.crawl import crawl  # noqa: E402
from vigie.landing import Landing  # noqa: E402
from vigie.sources import Answer  # noqa: E402
from vigie.store.embedded import EmbeddedStore  # noqa: E402


async def main(url: str, folder: Path, accounts: Sequence[str]) -> None:
    landing = Landing(folder / "landing")
    store = EmbeddedStore(folder / "store", timezone="Europe/Paris")
    crawler = Plaza(url, accounts)

    def land(answers: Sequence[Answer]) -> None:
        landing.append(answers)
        store.upsert([post for answer in answers for post in crawler.map(answer).posts])

    sources = await crawl(
        [crawler], watchlist(), store=store, land=land, clock=MachineClock(), run_id="r1",
        batch=3,
    )  # fmt: skip
    print(*(source.state for source in sources))
    store.close()
    landing.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
