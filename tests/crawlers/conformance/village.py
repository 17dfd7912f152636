"""A few people at one platform, the platform behind the real door, and a workspace that watches
them: what every phase of the suite begins with."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import crawlers
from tests.crawlers.conformance.cases import Case
from tests.crawlers.hamlet import NOON, Hamlet
from vigie.clock import SetClock
from vigie.crawl import targets_of
from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.server import Served, serve
from vigie.demo.world import handle_of
from vigie.pipeline import Pipeline
from vigie.records import MetricSample, SourceRun
from vigie.records import Post as Record
from vigie.sources import Target
from vigie.store import Filters
from vigie.workspace import Workspace

_MARK = re.compile(r"\bmot(\d{3})\b")
BRAND, PASSER = "atelierb", "passante"  # the handle is not the name of the brand
LATER = timedelta(hours=2)  # after the last post: no post is about to be read again


@dataclass
class Village:
    """The hamlet, the clock, what is served and where the workspace lies."""

    case: Case
    hamlet: Hamlet
    clock: SetClock
    served: Served
    folder: Path
    brand: Account
    passer: Account
    watched: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    # people

    def say(self, who: Account, words: str = "", **more: Any) -> Post:
        """A post with a mark of its own in its words."""
        number = len(self.hamlet.posts)
        mark, words = f"mot{number:03}", words or "à l’atelier ce matin"
        text = f"{mark} {words}"
        if self.case.title and "parent" not in more:
            more.setdefault("title", self.case.title.format(mark=mark, words=words))
        return self.hamlet.publish(who, text, **{**self.case.post, **more})

    def own(self, number: int, **more: Any) -> list[Post]:
        return [self.say(self.brand, **more) for _ in range(number)]

    def talk(self, number: int, **more: Any) -> list[Post]:
        """What others say of the brand."""
        words = "une veste Brindille vue au marché #Brindille"
        tags = ("Brindille",)
        return [self.say(self.passer, words, tags=tags, **more) for _ in range(number)]

    def answer(self, post: Post) -> Post:
        """An answer under a post, which does not name the brand."""
        words = f"@{handle_of(self.brand)} et en bleu ?"
        return self.say(self.passer, words, parent=post, root=post, mentions=(self.brand,))

    def populate(
        self, own: int | None = None, talk: int = 5, answers: int = 2, old: int = 0
    ) -> None:
        """The brand's posts, and what the platform has beside them: answers under the newest, and
        `old` under the oldest, which is on a later page."""
        posts = self.own(self.case.posts if own is None else own)
        if "talk" not in self.case.lacks:
            self.talk(talk)
        if "answers" not in self.case.lacks:
            for _ in range(answers):
                self.answer(posts[-1])
            for _ in range(old):
                self.answer(posts[0])
        self.clock.set(self.hamlet.begin + timedelta(minutes=len(self.hamlet.posts)) + LATER)

    def now_ms(self) -> int:
        return round(self.clock.now().timestamp() * 1000)

    def pass_(self, **time: float) -> datetime:
        self.clock.set(self.clock.now() + timedelta(**time))
        return self.clock.now()

    # the workspace

    def forget(self) -> None:
        """A workspace that has read nothing yet, at a platform that was asked nothing."""
        self.served.faults.clear()
        self.served.asked.clear()
        self.served.renew()
        shutil.rmtree(self.folder / ".vigie", ignore_errors=True)

    def write(self, **settings: Any) -> None:
        """The watchlist, with more settings of the platform."""
        self.settings |= settings
        given = {"url": self.served.urls[self.case.place], **self.case.settings, **self.settings}
        if self.case.place == "press":
            del given["url"]
        lines = "\n".join(f"{name} = {_toml(value)}" for name, value in given.items())
        searches = "talk" not in self.case.lacks
        accounts = f"accounts = {{ {self.case.name} = {_toml(self.watched)} }}"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "vigie.toml").write_text(
            f"""
[workspace]
name = "Atelier"
contact = "mailto:veille@example.org"

[[brands]]
id = "brindille"
name = "Brindille"
role = "own"
{accounts if self.case.own else ""}

[platforms.{self.case.name}]
searches = {_toml(searches)}
{lines}
""",
            encoding="utf-8",
        )
        env = "\n".join(f"{name}={value}" for name, value in self.tokens().items())
        (self.folder / ".env").write_text(env, encoding="utf-8")

    def tokens(self) -> dict[str, str]:
        """A value for every key that the crawler takes."""
        if "tokens" in self.case.lacks:
            return {}
        crawler = crawlers.load(self.case.name)
        names = (*crawler.requires, *getattr(crawler, "keys", ()))
        return {name: f"{7_000_000_001}:geheim-{name.lower()}-5f1c9e7ab3d2" for name in names}

    def name(self, handle: str, native: str = "0") -> str:
        """An account as the watchlist writes it."""
        base = self.served.urls[self.case.place]
        return self.case.account.format(handle=handle, native=native, base=base)

    def open(self) -> Workspace:
        return Workspace(self.folder, clock=self.clock)

    async def collect(
        self, only: Sequence[str] | None = None, *, space: Workspace | None = None, **options: Any
    ) -> list[SourceRun]:
        """One run; `options` are those of `crawl`. Only of the case's platform."""
        if space is not None:
            pipeline = Pipeline(space)
            pipeline.options = options
            run = await pipeline.collect(only or [self.case.name])
            return list(run.sources)
        with self.open() as opened:
            return await self.collect(only, space=opened, **options)

    def targets(self) -> list[Target]:
        """What the watchlist makes the crawler read, without what is read again."""
        with self.open() as space:
            return targets_of(crawlers.load(self.case.name), space.watchlist, (), ())

    def keys(self) -> list[str]:
        return [target.key for target in self.targets()]

    # what came of it

    def facts(self) -> Counter[str]:
        """What the store holds, once each where nothing is doubled: the marks of live posts, or the
        samples of own figures."""
        with self.open() as space:
            if self.case.figures:
                samples = space.store.all(MetricSample)
                return Counter(f"{s.entity} {s.metric} {s.captured_at}" for s in samples)
            return Counter(mark for record in live(space) for mark in marks(record))

    def expected(self) -> Counter[str]:
        """The marks of what can be seen now."""
        now = self.now_ms()
        return Counter(
            mark
            for post in self.hamlet.posts
            if post.visible(now)
            for mark in marks_in(post.text_at(now))
        )


@asynccontextmanager
async def village(
    case: Case, folder: Path, *, begin: datetime = NOON, page: int | None = None, **settings: Any
) -> AsyncIterator[Village]:
    """An empty village whose platform is served, its lists in pages of so many items."""
    hamlet = Hamlet(case.place, begin=begin)
    brand = hamlet.account(BRAND, **case.people)
    passer = hamlet.account(PASSER)
    clock = SetClock(begin)
    async with serve(hamlet, clock, page=page, keep=True) as served:
        made = Village(case, hamlet, clock, served, folder, brand, passer)
        made.watched = [made.name(brand.handle, brand.native)]
        made.write(**settings)
        yield made


def live(space: Workspace) -> list[Record]:
    ids = [id for frame in space.store.scan(Filters(), ["id"]) for id in frame["id"]]
    return [post for post in space.store.get(ids, Record) if post is not None]


def marks(record: Record) -> set[str]:
    return marks_in(f"{record.title or ''} {record.text or ''}")


def marks_in(text: str) -> set[str]:
    return set(_MARK.findall(text))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
