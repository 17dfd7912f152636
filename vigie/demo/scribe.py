"""The scribe writes posts down: composes texts in a person's manner, and keeps them unlike."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from heapq import nlargest
from itertools import pairwise
from typing import Any

from vigie.demo.almanac import Almanac
from vigie.demo.grammar import Grammar, fold
from vigie.demo.people import BLUESKY, HACKERNEWS, MASTODON, Account, Person, Registry
from vigie.demo.posts import Media, Post

ANSWERS = ("comment", "reply")
MOODS = ("pos", "neg", "neu", "ask")
ATTEMPTS = 24
ALIKE = 0.4  # part of the pairs of two texts that they may have in common
HELD = 0.7  # part of the shorter text that the longer one may hold
LOOKED_AT, LAST = 4, 8
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"[#@][\w.@-]+")
LIMIT = {MASTODON: 480, BLUESKY: 290, HACKERNEWS: 2000}


class Scribe:
    """Writes posts of people; all chance comes from one seeded source."""

    def __init__(self, seed: int, almanac: Almanac, trade: Mapping[str, Any]) -> None:
        self.rng = random.Random(seed)
        self.almanac = almanac
        self.trade = trade
        self.subjects: dict[str, Any] = trade["subject"]
        self.brands: dict[str, Any] = {brand["id"]: brand for brand in trade["brand"]}
        self.grammars = {lang: Grammar.of_people(lang, self.rng) for lang in ("fr", "en")}
        self.registry = Registry(self.rng)
        self.posts: list[Post] = []
        self._numbers: dict[str, int] = {}
        self._pairs: list[set[int]] = []
        self._runs: dict[int, deque[int]] = {}  # three words → the last texts that have them

    # Texts

    def knows(self, other: Scribe) -> None:
        """Holds as written what another has written."""
        self._numbers, self._pairs, self._runs = other._numbers, other._pairs, other._runs

    def fresh(self, text: str) -> bool:
        """Whether a text is unlike those before, by its pairs of neighbouring words; if so it
        counts as written. Compared are the texts that share runs of three words with it."""
        plain = _TAG.sub("", fold(text))
        words = [self._number(word) for word in _WORD.findall(plain)]
        pairs = {a << 16 | b for a, b in pairwise(words)}
        runs = {a << 32 | b << 16 | c for a, b, c in zip(words, words[1:], words[2:], strict=False)}
        common: dict[int, int] = {}
        for run in runs:
            for other in self._runs.get(run, ()):
                common[other] = common.get(other, 0) + 1
        for other in nlargest(LOOKED_AT, common, key=lambda one: (common[one], one)):
            theirs = self._pairs[other]
            shared = len(pairs & theirs)
            least = min(len(pairs), len(theirs))
            if shared > ALIKE * (len(pairs) + len(theirs) - shared) or shared >= HELD * least:
                return False
        self._pairs.append(pairs)
        for run in runs:
            self._runs.setdefault(run, deque(maxlen=LAST)).append(len(self._pairs) - 1)
        return True

    def unlike(self, write: Callable[[], str]) -> str:
        """The first text of `write` that is unlike those before; after many, the last."""
        text = write()
        for _ in range(ATTEMPTS):
            if self.fresh(text):
                break
            text = write()
        return text

    def compose(
        self,
        person: Person,
        section: str,
        mood: str,
        lang: str,
        given: Mapping[str, str] | None = None,
        *,
        tails: float | None = None,
        limit: int = 270,
        tail_section: str | None = None,
    ) -> str:
        """A text on a subject in a mood, in the person's manner, unlike all before it."""
        rng, grammar, manner = self.rng, self.grammars[lang], person.manner

        def write() -> str:
            parts = []
            if section not in ANSWERS and rng.random() < manner.opens:
                parts.append(grammar.sentence("opener.any"))
            core = grammar.sentence(f"{section}.{mood}", given)
            parts.append(
                core
                if core[-1] in ".!?…"
                else core + rng.choice((".", ".", ".", "!" if lang == "en" else " !", ""))
            )
            wanted = manner.tails if tails is None else tails
            more = int(wanted) + (rng.random() < wanted % 1)
            tail = f"{tail_section or section}.tail"
            if grammar.has(tail):
                parts.extend(grammar.sentence(tail, given) for _ in range(min(more, 2)))
            if grammar.has(f"close.{mood}") and rng.random() < manner.closes * (
                0.4 if section in ANSWERS else 1
            ):
                parts.append(grammar.sentence(f"close.{mood}"))
            while len(parts) > 1 and sum(map(len, parts)) > limit:
                parts.pop()
            return manner.write(_join(parts), lang, mood, rng)

        return self.unlike(write)

    def tagged(
        self,
        person: Person,
        text: str,
        wanted: Sequence[str],
        limit: int,
    ) -> tuple[str, tuple[str, ...]]:
        """The text with hashtags where this person puts them, and the hashtags."""
        style = person.manner.tags
        tags: list[str] = []
        for tag in wanted:
            shown = tag.lower() if person.manner.lower else tag
            word = fold(tag)
            if style == "inside":
                match = re.search(rf"\b{re.escape(word)}\b", fold(text))
                same_length = len(fold(text)) == len(text)
                if match and same_length:
                    text = f"{text[: match.start()]}#{text[match.start() :]}"
                    tags.append(text[match.start() + 1 : match.end() + 1])
                    continue
            if len(text) + len(shown) + 2 > limit:
                continue
            glue = " " if tags or style != "line" else "\n\n"
            text = f"{text}{glue}#{shown}"
            tags.append(shown)
        return text, tuple(tags)

    # Posts

    def add(
        self,
        account: Account,
        day: int,
        minute: float,
        text: str,
        *,
        lang: str | None = None,
        **more: Any,
    ) -> Post:
        """Writes a post down; a reply is filed under its parent."""
        at, set_at = self.almanac.at(day, minute)
        post = Post(
            site=account.site, account=account, at=at, set_at=set_at,
            day=day + int(minute // 1440), text=text, lang=lang or account.lang, **more,
        )  # fmt: skip
        if post.parent is not None:
            post.root = post.parent.root or post.parent
            post.parent.replies.append(post)
        account.posts.append(post)
        self.posts.append(post)
        return post

    def reach(self, post: Post, factor: float = 1.0) -> Post:
        """Gives a post the engagement that its author's audience allows."""
        rng = self.rng
        base = (post.account.followers + 30) ** 0.62 * 0.22 * factor
        heat = {"neg": 1.25, "pos": 1.1, "ask": 0.7, "neu": 0.8}[post.mood]
        likes = rng.lognormvariate(0, 0.8) * base * heat
        post.likes = int(likes)
        post.shares = int(likes * rng.uniform(0.02, 0.22))
        post.quoted = int(likes * rng.uniform(0, 0.03))
        post.saves = int(likes * rng.uniform(0, 0.06))
        post.tau = rng.uniform(8, 18)
        return post

    def mood(self, warmth: float, mix: Sequence[float]) -> str:
        """A mood by a mix (positive, negative, neutral, question), bent by the writer's nature."""
        bent = [mix[0] * (1 + warmth * 0.5), mix[1] * (1 - warmth * 0.5), mix[2], mix[3]]
        return self.rng.choices(MOODS, [max(0.02, weight) for weight in bent])[0]

    def name_brand(self, brand: str, person: Person, site: str) -> str:
        """The brand's name as somebody would spell it."""
        name: str = self.brands[brand]["name"]
        roll = self.rng.random()
        if site == MASTODON and roll < 0.55:
            return f"#{name}"
        if roll < 0.12:
            return f"#{name}"
        return name.lower() if person.manner.lower or roll > 0.93 else name

    def picture(self, alt: str, *, wide: bool = True) -> Media:
        """A photograph."""
        return Media("image", alt, *((1600, 1200) if wide else (1200, 1600)))

    def _number(self, word: str) -> int:
        # Strings hash differently in each process; numbers of a growing table do not.
        return self._numbers.setdefault(word, len(self._numbers))


def _join(parts: Sequence[str]) -> str:
    """Sentences as a text: all but the last end with a mark."""
    closed = [part if part[-1] in ".!?…:," else f"{part}." for part in parts[:-1]]
    return " ".join([*closed, parts[-1]])
