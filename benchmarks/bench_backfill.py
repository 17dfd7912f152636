"""A back-fill that is killed and stopped on the way, beside one that nobody disturbs.

    python -m benchmarks.bench_backfill [--posts 1000000] [--read 100000] [--engine os2] [--dir D]

A landing of made posts (bench_store's: half as pages of a Mastodon server, half as rows of an
imported file; every twelfth says again what the one before it said) is mapped into an empty store
by `vigie rebuild`: once to its end; once killed with -9 at 30 %, started again, stopped with
SIGTERM at 60 %, started again. `vigie status` is asked meanwhile. Then both stores are compared
(counts and checksums of every record), and the second is checked by `vigie verify`. `--read` does
the same with `vigie run`, which reads (and analyses) what is stored, in a landing of so many posts;
0 leaves it out. Seconds are of this machine with whatever else it does; CPU is of the command and
the processes that it waited for, memory the largest of them. The readers of a killed process are
not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from benchmarks.bench_store import START, posts, told, vocabulary
from vigie import importing
from vigie.importing.reading import CHUNK
from vigie.landing import Landing
from vigie.pipeline import CHUNKS, batched
from vigie.records import Enrichment, Post
from vigie.sources import Answer
from vigie.store.moving import Sums, sums_of
from vigie.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
VIGIE = [sys.executable, "-c", "from vigie.cli import main; main()"]
NOW = START + timedelta(days=370)
PAGE = 40  # statuses of an answer
FRAME = 100  # answers that a crawl lands together
HOST = "https://town.example"
KILLED, STOPPED = 0.3, 0.6  # of the work
READING = ("run", "--only", "hackernews")  # collects nothing: the watchlist has no such source
DONE = re.compile(r"^(?:answers stored again|posts read): ([\d,]+) of")
MAP = """
[columns]
native_id = "id"
platform = "platform"
"author.handle" = "author"
text = "text"
published_at = "at"
lang = "lang"
"metrics.likes" = "likes"
"metrics.shares" = "shares"
"metrics.replies" = "replies"
"""


@dataclass
class Part:
    """One call of the program: how it went and what it took."""

    wall: float
    cpu: float
    peak: float  # GB
    code: int
    seen: list[tuple[float, int]] = field(default_factory=list)  # seconds, posts so far
    ended: float = 0.0  # seconds until it was killed or stopped


@dataclass(frozen=True)
class Work:
    """What is done: a command over so many posts, of which so many came by pages of a crawl (a
    rebuild tells its progress in answers: pages, then chunks of a file)."""

    words: tuple[str, ...]
    posts: int
    crawled: int = 0

    def reached(self, done: int) -> int:
        """How many posts that many answers, or posts, are."""
        pages = self.crawled // PAGE
        if not pages or done <= pages:
            return done * PAGE if pages else done
        return min(self.crawled + (done - pages) * CHUNK, self.posts)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--posts", type=int, default=1_000_000)
    asked.add_argument("--read", type=int, default=100_000, help="posts that are read as well")
    asked.add_argument("--engine", default="", help="os2, os3, es7: beside the embedded store")
    asked.add_argument("--dir", type=Path, default=None, help="where all is written")
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-backfill-", dir=options.dir))
    try:
        if options.engine:
            on_cluster(options.engine, folder, options.posts)
        else:
            embedded(folder, options.posts, options.read)
    finally:
        shutil.rmtree(folder)


def embedded(folder: Path, number: int, read: int) -> None:
    if number:
        print("-- landing → map → store: vigie rebuild")
        both(folder / "stored", number, ("rebuild",))
    if read:
        print("-- reading and analysing: vigie run")
        both(folder / "read", read, READING, before=("rebuild",))


def on_cluster(engine: str, folder: Path, number: int) -> None:
    sys.path.insert(0, str(ROOT / "tests" / "servers"))
    from nodes import node  # type: ignore[import-not-found]

    with node(engine, folder / "node", heap="1g") as cluster:
        print(f"-- landing → map → store: vigie rebuild, {engine}")
        more = f'[store]\nengine = "opensearch"\nurl = "{cluster.url}"\nprefix = "%s"\n'
        both(folder / "cluster", number, ("rebuild",), more=more)


def both(
    folder: Path,
    number: int,
    words: tuple[str, ...],
    *,
    before: tuple[str, ...] = (),
    more: str = "",
) -> None:
    """The work once undisturbed and once disturbed, and whether both end alike."""
    whole, cut = folder / "whole", folder / "cut"
    begun = time.monotonic()
    landed(whole, number, more % "whole" if more else "")
    shutil.copytree(whole, cut)
    if more:
        write_watchlist(cut, more % "cut")
    size = sum(one.stat().st_size for one in whole.rglob("*.zst")) / 1e6
    told("posts landed", f"{number:,}, {size:,.0f} MB, {time.monotonic() - begun:,.0f} s")
    for place in (whole, cut) if before else ():
        assert vigie(place, Work(before, number)).code == 0
    work = Work(words, number, 0 if before else number // 2)
    undisturbed = vigie(whole, work)
    assert undisturbed.code == 0
    told("undisturbed", described(undisturbed))
    told("  first and last tenth", tenths(undisturbed, work))
    again(whole, cut, work, undisturbed)


def again(whole: Path, cut: Path, work: Work, undisturbed: Part) -> None:
    """The same with interruptions, beside what it took without."""
    parts = disturbed(cut, work)
    told("killed and stopped, all three parts", described(*parts))
    spent = sum(part.cpu for part in parts) - undisturbed.cpu
    told("  more CPU than undisturbed", f"{spent:,.0f} s")
    told("  more time than undisturbed", f"{sum(p.wall for p in parts) - undisturbed.wall:,.0f} s")
    compare(whole, cut)
    part = vigie(cut, Work(("verify",), work.posts))
    said = "all agree" if part.code == 0 else f"ends with {part.code}"
    told("vigie verify of what was stopped", f"{said}; {described(part)}")


def disturbed(folder: Path, work: Work) -> list[Part]:
    first = vigie(folder, work, at=KILLED, sent=signal.SIGKILL, watch=True)
    # A rebuild tells all that is done; who reads tells what it reads itself.
    already = 0.0 if work.crawled else first.seen[-1][1] / work.posts
    second = vigie(folder, work, at=STOPPED - already, sent=signal.SIGTERM)
    parts = [first, second, vigie(folder, work)]
    names = ("killed with -9", "stopped with SIGTERM", "to the end")
    for part, name, following in zip(parts, names, [*parts[1:], None], strict=True):
        told(f"  {name}", described(part))
        if following is not None:
            since = part.ended - (part.seen[-1][0] if part.seen else 0.0)
            told("    work since it was last noted", f"{since:.1f} s")
            told("    gone after it was told to", f"{part.wall - part.ended:.1f} s")
            told("    the next one's first progress after", f"{following.seen[0][0]:.1f} s")
    assert [part.code for part in parts] == [-9, 130, 0], [part.code for part in parts]
    return parts


def vigie(
    folder: Path,
    work: Work,
    *,
    at: float = 2.0,
    sent: signal.Signals = signal.SIGKILL,
    watch: bool = False,
) -> Part:
    """Runs a command to its end, or sends it a signal where that part of the work is done; `watch`
    asks `vigie status` half-way to there."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [*VIGIE, *work.words, "--lang", "en", "--workspace", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    part = Part(0.0, 0.0, 0.0, 0)
    said: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        said = [*said[-20:], line]
        if not (found := DONE.match(line)):
            continue
        done = work.reached(int(found[1].replace(",", "")))
        part.seen.append((time.monotonic() - begun, done))
        if watch and done >= work.posts * at / 2:
            watch = False
            watched(folder)
        if done >= work.posts * at and not part.ended:
            time.sleep(0.4)  # in the middle of the next batch: what is lost is a part of it
            part.ended = time.monotonic() - begun
            process.send_signal(sent)
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = part.code = os.waitstatus_to_exitcode(status)
    part.wall = time.monotonic() - begun
    part.cpu = usage.ru_utime + usage.ru_stime
    part.peak = usage.ru_maxrss / 1024**2
    if part.code not in (0, -sent, 130):
        print("".join(said), file=sys.stderr)
    return part


def watched(folder: Path) -> None:
    """What `vigie status` says meanwhile, and how long it takes."""
    begun = time.monotonic()
    done = subprocess.run(
        [*VIGIE, "status", "--json", "--workspace", str(folder)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    standing = ", ".join(
        f"{one['what']} {one['done']:,} of {one['total']:,}"
        for one in orjson.loads(done.stdout)["progress"]
    )
    told("  vigie status meanwhile", f"{standing}; {time.monotonic() - begun:.1f} s")


def compare(whole: Path, cut: Path) -> None:
    """Counts and checksums of every record but those of runs and of when something was read."""
    first, second = sums(whole), sums(cut)
    different = [
        line
        for line in first.differences(second)
        if line.partition(":")[0] not in ("run", "cursor")
    ]
    told("records", ", ".join(f"{kind} {number:,}" for kind, number in first.counts.items()))
    told("both ways the same", "no: " + "; ".join(different) if different else "yes")


def sums(folder: Path) -> Sums:
    """Of all that a store holds; of readings, without the moment of reading."""
    with Workspace.open(folder, read_only=True) as space:
        found = sums_of(space.store)
        if "enrichment" in found.counts:
            found.digests["enrichment"] = sum(readings(space))
        return found


def readings(space: Workspace) -> Iterator[int]:
    """A number for each reading: what depends on other posts or on no batch's size."""
    for one in space.store.all(Enrichment):
        said = (one.id, one.language, one.story_id, one.text_hash, one.keyphrases)
        yield int.from_bytes(hashlib.blake2b(repr(said).encode(), digest_size=7).digest(), "big")


def described(*parts: Part) -> str:
    wall, used = sum(part.wall for part in parts), sum(part.cpu for part in parts)
    return f"{wall:,.0f} s, CPU {used:,.0f} s, {max(part.peak for part in parts):.2f} GB"


def tenths(part: Part, work: Work) -> str:
    """How many posts a second in the first and the last tenth of the work (of a crawl's pages: a
    file's rows take less), and how long it took after the last batch."""
    seen = [one for one in part.seen if one[1] <= (work.crawled or work.posts)]
    if len(seen) < 20:
        return "–"
    tenth = len(seen) // 10
    (begun, had), (early, first) = seen[0], seen[tenth]
    (late, second), (last, total) = seen[-1 - tenth], seen[-1]
    before = f"{(first - had) / (early - begun):,.0f}"
    after = f"{(total - second) / (last - late):,.0f}"
    return f"{before} and {after} a second; {part.wall - part.seen[-1][0]:,.0f} s after the last"


# the landing ----------------------------------------------------------------------------------


def landed(folder: Path, number: int, more: str = "") -> None:
    """A workspace whose landing holds that many posts, and nothing else."""
    (folder / ".vigie").mkdir(parents=True)
    (folder / ".vigie" / "now").write_text(NOW.isoformat(), encoding="utf-8")
    write_watchlist(folder, more)
    crawled = number // 2
    flowing = (post for batch in posts(number) for post in batch)
    with Landing(folder / ".vigie" / "landing") as landing:
        day = NOW - timedelta(days=60)
        for chunk in some(islice(flowing, crawled), PAGE * FRAME):
            day += timedelta(hours=6)
            landing.append(list(pages(said_again(chunk), day)))
        file, columns = folder / "rest.jsonl", folder / "rest.toml"
        columns.write_text(MAP, encoding="utf-8")
        with file.open("wb") as written:
            for post in flowing:
                written.write(orjson.dumps(row(post), option=orjson.OPT_APPEND_NEWLINE))
        answers = importing.read_answers(file, columns=str(columns), run_id="bench", now=NOW)
        for several in batched(answers, CHUNKS):
            landing.append(several)
        file.unlink()
        columns.unlink()


def some(posts: Iterator[Post], size: int) -> Iterator[list[Post]]:
    while chunk := list(islice(posts, size)):
        yield chunk


def write_watchlist(folder: Path, more: str) -> None:
    """Six brands that bear frequent words, two topics."""
    words, _ = vocabulary(random.Random(11))
    brands = "".join(
        f'[[brands]]\nid = "b{n}"\nname = "{words[40 * n]}"\nrole = "competitor"\n'
        f'accounts = {{ mastodon = ["a{n}@town.example"] }}\n'
        for n in range(1, 7)
    )
    (folder / "vigie.toml").write_text(
        '[workspace]\nname = "Banc"\ncontact = "mailto:veille@example.org"\ninterface = "en"\n'
        f'{brands}[[topics]]\nid = "t1"\nname = "T1"\nhashtags = ["tag1", "tag2"]\n'
        f'[[topics]]\nid = "t2"\nname = "T2"\nquery = "{words[11]} AND {words[23]}"\n'
        f"[platforms.hackernews]\nsearches = false\n{more}",
        encoding="utf-8",
    )


def said_again(some: list[Post]) -> list[Post]:
    """The posts by time; every twelfth has the words of the one before it."""
    chunk = sorted(some, key=lambda post: post.published_at)
    for n in range(11, len(chunk), 12):
        chunk[n] = chunk[n].model_copy(update={"text": chunk[n - 1].text})
    return chunk


def pages(chunk: Iterable[Post], day: datetime) -> Iterator[Answer]:
    url = f"{HOST}/api/v1/timelines/tag/tag1"
    for number, several in enumerate(some(iter(chunk), PAGE)):
        yield Answer(
            platform="mastodon", endpoint="timelines_tag", target="mastodon/tag/tag1", url=url,
            request_url=url, method="GET", status=200, topic="t1", run_id="bench",
            headers={"content-type": "application/json"},
            collected_at=day + timedelta(seconds=number),
            body=orjson.dumps([status(post) for post in several]),
        )  # fmt: skip


def row(post: Post) -> Mapping[str, Any]:
    return {
        "id": post.native_id, "platform": post.platform, "author": post.author.handle,
        "text": post.text, "at": post.published_at.isoformat(), "lang": post.lang,
        "likes": post.metrics.likes, "shares": post.metrics.shares, "replies": post.metrics.replies,
    }  # fmt: skip


def status(post: Post) -> Mapping[str, Any]:
    """The post as a server with Mastodon's API tells it."""
    handle, at = post.author.handle, post.published_at
    return {
        "id": post.native_id, "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "edited_at": None, "in_reply_to_id": None, "in_reply_to_account_id": None,
        "sensitive": False, "spoiler_text": "", "visibility": "public", "language": post.lang,
        "uri": f"{HOST}/users/{handle}/statuses/{post.native_id}",
        "url": f"{HOST}/@{handle}/{post.native_id}",
        "replies_count": post.metrics.replies, "reblogs_count": post.metrics.shares,
        "favourites_count": post.metrics.likes, "content": f"<p>{post.text}</p>", "reblog": None,
        "account": {
            "id": f"9{handle}", "username": handle, "acct": handle, "display_name": handle,
            "locked": False, "bot": False, "group": False,
            "created_at": "2023-05-02T00:00:00.000Z", "note": "", "url": f"{HOST}/@{handle}",
            "uri": f"{HOST}/users/{handle}", "followers_count": post.author.followers,
            "following_count": 10, "statuses_count": 50, "emojis": [], "fields": [],
        },
        "media_attachments": [], "mentions": [], "emojis": [], "card": None, "poll": None,
        "tags": [{"name": tag, "url": f"{HOST}/tags/{tag}"} for tag in post.hashtags],
    }  # fmt: skip


if __name__ == "__main__":
    main()
