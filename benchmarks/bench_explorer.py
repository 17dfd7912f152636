"""Every page of the explorer over a store of many posts: server time in wall and CPU milliseconds.

    python -m benchmarks.bench_explorer --posts 1000000

The world is invented: six brands of unequal size over a year, a crisis and a rising hashtag in the
last days; the findings are those of one real analysis of it, the briefing is a real one. Pages are
asked of the ASGI application itself, without a socket. "Cold" is the first answer of an application
that has kept nothing yet, "warm" the median of those that follow.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx

from benchmarks.bench_store import told, vocabulary
from vigie.analysing import analyse
from vigie.briefing import publish
from vigie.clock import SetClock
from vigie.explorer.app import create_app
from vigie.records import (
    Account,
    Alert,
    Author,
    Counts,
    Enrichment,
    Entity,
    Influencer,
    Post,
    Record,
    Run,
    Sentiment,
    Source,
    SourceRun,
    Trend,
    samples_of,
)
from vigie.store import Filters, Page
from vigie.workspace import FILE, Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday, 9:00 in Paris
WEEK = "2026-W47"
BATCH = 10_000
CEILING = 1_000  # ms of a page
BRANDS = ("lys", "orme", "saule", "tilleul", "charme", "houx")
WEIGHTS = (30, 25, 18, 12, 9, 6)
PLATFORMS = ("bluesky", "mastodon", "x", "instagram", "news", "reddit")
TONES = (("positive", 0.7), ("neutral", 0.0), ("neutral", 0.1), ("negative", -0.6), ("unsure", 0.0))
KINDS = ("post", "post", "post", "reply", "comment", "video")
WATCHLIST = """
[workspace]
name = "Pépinières"
timezone = "Europe/Paris"
languages = ["fr", "en"]

[[topics]]
id = "greffe"
name = "Greffe"
query = "greffe OR graft"
""" + "".join(
    f'[[brands]]\nid = "{id}"\nname = "{id.title()}"\n'
    f'role = "{"competitor" if n else "own"}"\naccounts = {{ bluesky = ["{id}.example"] }}\n'
    for n, id in enumerate(BRANDS)
)


def world(number: int) -> Iterator[list[Record]]:
    """Batches of posts with what the readers say of them, the same at every run."""
    rng = random.Random(23)
    words, weights = vocabulary(rng)
    total = 0.0
    cumulated = [total := total + weight for weight in weights]
    people = max(number // 40, 100)
    for start in range(0, number, BATCH):
        batch: list[Record] = []
        for n in range(start, min(start + BATCH, number)):
            text = " ".join(rng.choices(words, cum_weights=cumulated, k=rng.randint(10, 24)))
            batch += one(rng, n, text, people)
        yield batch


def one(rng: random.Random, n: int, text: str, people: int) -> Iterator[Record]:
    """One post; of the last days' posts some rise with a hashtag, others are a crisis."""
    at = NOW - timedelta(seconds=rng.randrange(365 * 86_400))
    age = (NOW - at).total_seconds() / 86_400
    platform = PLATFORMS[n % len(PLATFORMS)]
    brand = rng.choices(BRANDS, WEIGHTS)[0] if rng.random() < 0.6 else None
    tags = tuple({f"tag{int(20_000 * rng.random() ** 3)}" for _ in range(rng.randrange(3))})
    tone, score = TONES[rng.randrange(len(TONES))]
    crisis = brand == "orme" and age < 4 and rng.random() < 0.6
    if crisis:
        text, tone, score = f"{text} rappel moisissure", "negative", -0.9
    elif age < 6 and rng.random() < 0.2 * (1 - age / 6):
        tags = (*tags, "jardinpartagé")
        text = f"{text} jardin partagé"
    owned = brand is not None and n % 61 == 0
    person = int(people * rng.random() ** 2)
    native = f"{n:07}"
    seen = at + timedelta(hours=1)
    post = Post(
        id=f"{platform}:{native}",
        platform=platform,
        native_id=native,
        kind=KINDS[n % 11 % len(KINDS)],  # type: ignore[arg-type]
        url=f"https://{platform}.example/{native}",
        text=" ".join([text, brand or "", *(f"#{tag}" for tag in tags)]),
        lang=("fr", "fr", "en")[n % 3],
        author=Author(id=f"{platform}:{brand}", handle=f"{brand}.example", followers=50_000)
        if owned
        else Author(
            id=f"{platform}:p{person}",
            handle=f"p{person}.example",
            name=f"Personne {person}",
            followers=int(200 / (rng.random() + 1e-3)),
        ),
        published_at=at,
        first_seen_at=seen,
        collected_at=seen,
        parent_id=f"{PLATFORMS[(n - 6) % 6]}:{n - 6:07}" if n % 4 == 3 and n > 5 else None,
        hashtags=tags,
        metrics=Counts(likes=int(2 / (rng.random() + 1e-3)), shares=n % 9, replies=n % 5, quotes=0),
        matched=(
            *((f"brand:{brand}",) if brand else ()),
            *(("topic:greffe",) if n % 7 == 0 else ()),
        ),
        origin="owned" if owned else "earned",
        owner=brand if owned else None,
        source=Source(collector=platform, endpoint="search", run_id="c0", mapper_version="1"),
    )
    yield post
    yield Enrichment(
        id=post.id,
        text_hash=native,
        language=post.lang,
        sentiment=Sentiment(label=tone, score=score, confidence=0.7),  # type: ignore[arg-type]
        entities=(Entity(text=brand, label="BRAND", canonical=brand),) if brand else (),
        keyphrases=tuple(text.split()[:2]),
        story_id="x:0000008" if crisis else f"x:{n // 9 * 9:07}" if n % 9 < 2 else post.id,
        enriched_at=seen,
    )
    if owned:
        yield from samples_of(post)


def beside() -> Iterator[Record]:
    """The brands' accounts, and the runs that collected."""
    for id in BRANDS:
        yield Account(
            id=f"bluesky:{id}", platform="bluesky", native_id=id, handle=f"{id}.example",
            name=id.title(), followers=50_000, owner=id, first_seen_at=NOW, collected_at=NOW,
            source=Source(collector="bluesky", endpoint="profile", run_id="c0", mapper_version="1"),
        )  # fmt: skip
    for hours in range(24 * 14):
        at = NOW - timedelta(hours=hours)
        yield Run(
            id=f"c{hours}", kind="collect", started_at=at, ended_at=at + timedelta(minutes=4),
            sources=tuple(
                SourceRun(
                    key=f"{platform}/search/{brand}", platform=platform,
                    state="broken" if platform == "reddit" and hours < 5 else "ok",
                    started_at=at, ended_at=at, last_success_at=at, items=10, requests=3,
                )
                for platform in PLATFORMS
                for brand in BRANDS
            ),
        )  # fmt: skip


def build(folder: Path, number: int) -> None:
    """A workspace with posts, findings and one briefing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(WATCHLIST, encoding="utf-8")
    with Workspace(folder, clock=SetClock(NOW)) as workspace:
        begun = time.process_time()
        for batch in world(number):
            workspace.store.upsert(batch)
        workspace.store.upsert(list(beside()))
        told("posts made and stored", f"{number / (time.process_time() - begun):,.0f} per CPU-s")
        begun = time.process_time()
        found = analyse(workspace)
        spent = time.process_time() - begun
        told("analysis", f"{spent:.1f} s CPU, {', '.join(f'{n} {k}' for k, n in found.items())}")
        begun = time.process_time()
        publish(
            workspace, week=WEEK, formats=("html",), languages=("fr",),
            folder=workspace.data / "briefings",
        )  # fmt: skip
        told("briefing", f"{time.process_time() - begun:.1f} s CPU")


def addresses(workspace: Workspace) -> list[str]:
    """One address of every page, and the views that ask the most of the store."""
    store = workspace.store
    trend = next(iter(sorted(store.all(Trend), key=lambda t: -len(t.post_ids))), None)
    alert = next(iter(sorted(store.all(Alert), key=lambda a: -len(a.post_ids))), None)
    person = next(store.all(Influencer), None)
    replied = store.search("parent:*", Filters(), page=Page(size=1)).hits[0].post.parent_id
    word = (store.search("*", page=Page(size=1)).hits[0].post.text or "").split()[0]
    found = ["/", "/?period=28d", "/?period=90d", "/?period=all", "/trends"]
    if trend:
        found.append(f"/trends/{quote(trend.id)}")
        found.append(f"/posts?period=all&trend={quote(trend.id)}")
    found += [
        "/posts", "/posts?period=all", "/posts?period=all&sort=-engagement",
        f"/posts?period=all&q={quote(word)}", f"/posts?period=all&q={quote(word[:3])}*",
        "/posts?period=all&q=NOT%20zzz", "/posts?period=all&page=400",
        "/posts?period=all&sentiment=negative&brand=lys&language=fr",
        f"/posts/{quote(replied or '')}",
        "/brands", "/brands?period=90d", "/brands?period=all", "/brands/lys",
        "/brands/lys?period=90d", "/brands/lys?period=all",
        "/influencers",
    ]  # fmt: skip
    if person:
        found.append(f"/influencers/{quote(person.id)}")
    found.append("/alerts")
    if alert:
        found.append(f"/alerts/{quote(alert.id)}")
    found += ["/briefings", f"/briefings/{WEEK}", f"/briefings/{WEEK}/today"]
    found += ["/sources", "/sources?period=all", "/definitions", "/definitions/eng.public"]
    found += ["/progress", "/?panel=posts%3Fperiod%3Dall%26brand%3Dlys"]
    return found


async def ask(client: httpx.AsyncClient, address: str) -> tuple[float, float]:
    """Wall and CPU milliseconds of one answer."""
    wall, spent = time.perf_counter(), time.process_time()
    answer = await client.get(address)
    measured = (time.perf_counter() - wall) * 1000, (time.process_time() - spent) * 1000
    assert answer.status_code == 200, (address, answer.status_code, answer.text[:400])
    return measured


def client_of(folder: Path) -> tuple[Workspace, httpx.AsyncClient]:
    """A new application over the workspace, and who asks it."""
    workspace = Workspace(folder, clock=SetClock(NOW))
    transport = httpx.ASGITransport(create_app(workspace))
    return workspace, httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def measure(folder: Path, repeats: int) -> None:
    workspace, client = client_of(folder)
    listed = addresses(workspace)
    wall, spent = await ask(client, "/")
    told("first answer of the process, imports included", f"{wall:,.0f} ms wall, {spent:,.0f} CPU")
    workspace.close()
    slowest = {"cold": (0.0, ""), "warm": (0.0, "")}
    heads = " ".join(f"{head:>8}" for head in ("cold", "CPU", "warm", "CPU"))
    print(f"\n{'page: ms of wall and CPU':<62} {heads}")
    for address in listed:
        workspace, client = client_of(folder)
        cold = await ask(client, address)
        again = [await ask(client, address) for _ in range(repeats)]
        warm = tuple(statistics.median(values) for values in zip(*again, strict=True))
        workspace.close()
        slowest["cold"] = max(slowest["cold"], (cold[1], address))
        slowest["warm"] = max(slowest["warm"], (warm[1], address))
        shown = " ".join(f"{value:>8,.0f}" for value in (*cold, *warm))
        print(f"{address[:62]:<62} {shown}", flush=True)
    print()
    for name, (spent, address) in slowest.items():
        told(f"slowest {name} page (ceiling {CEILING:,})", f"{spent:,.0f} ms CPU: {address}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--posts", type=int, default=1_000_000)
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--keep", type=Path, help="a folder that keeps the workspace for next time")
    options = asked.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="bench-explorer-")) / "workspace"
    try:
        if not (folder / ".vigie" / "briefings").is_dir():
            build(folder, options.posts)
        asyncio.run(measure(folder, options.repeats))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        told("peak memory", f"{peak:.2f} GB")
    finally:
        if options.keep is None:
            shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
