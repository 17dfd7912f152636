"""Invented talk: frames of posts in words that no language has, with a past of their own."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.insights.frames import POSTS

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SYLLABLES = re.findall("..", "bakelominurasotevizuchdiglopastobefuhajowi")


class Talk:
    """Rows of `frames.POSTS`, added to piece by piece."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.rows: list[dict[str, Any]] = []
        self.words = sorted(
            {"".join(self.random.choices(SYLLABLES, k=3)) for _ in range(900)}
            | {"".join(self.random.choices(SYLLABLES, k=2)) for _ in range(100)}
        )
        self.weights = [1 / (1 + n) ** 0.7 for n in range(len(self.words))]

    def say(self, at: datetime, words: str = "", **fields: Any) -> dict[str, Any]:
        """One post: the given words among eight of the background's."""
        number = len(self.rows)
        filler = self.random.choices(self.words, self.weights, k=8)
        filler.insert(self.random.randrange(8), words)
        row: dict[str, Any] = dict.fromkeys(POSTS)
        row |= {
            "id": f"net:{number}",
            "platform": "mastodon",
            "kind": "post",
            "author_id": f"mastodon:a{self.random.randrange(400)}",
            "text": " ".join(filler),
            "language": "fr",
            "published_at": at,
            "collected_at": at,
            "hashtags": [word[1:] for word in words.split() if word.startswith("#")],
            "state": "live",
            "origin": "earned",
            "brands": [],
            "homonyms": [],
            "topics": [],
            "sentiment": "neutral",
            "engagement": self.random.randrange(40),
        } | fields
        self.rows.append(row)
        return row

    def spread(
        self, count: int, since: datetime, until: datetime, words: str = "", **fields: Any
    ) -> None:
        """Posts at random times of a period, by `author_id`s of their own unless one is given."""
        for n in range(count):
            at = since + (until - since) * self.random.random()
            own = {key: value(n) if callable(value) else value for key, value in fields.items()}
            self.say(at, words, **own)

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.rows, schema=POSTS, orient="row")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def talk() -> Talk:
    """Nine weeks of 150 posts a day about nothing in particular."""
    talk = Talk()
    talk.spread(63 * 150, NOW - timedelta(days=63), NOW)
    return talk


@pytest.fixture
def people() -> Callable[[str], Callable[[int], str]]:
    """Authors of a subject: person n of a name."""
    return lambda name: lambda n: f"mastodon:{name}{n}"
