"""What a watchlist makes worth searching for: brand names, hashtags, and the words of queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawlers.text import once
from vigie.watchlist import Watchlist

_TOKEN = re.compile(
    r"""(?P<field>\w+:(?:"[^"]*"|\([^)]*\)|\S+))|"(?P<phrase>[^"]*)"|(?P<mark>[()])|(?P<word>[^\s()"]+)"""
)
_NEAR = re.compile(r"O?NEAR(/\d+)?$")


@dataclass(frozen=True, slots=True)
class Search:
    """Words that are searched for; `topic` is the topic that asks for them, None: a brand."""

    words: str
    topic: str | None = None

    @property
    def is_tag(self) -> bool:
        return self.words.startswith("#")

    @property
    def quoted(self) -> str:
        """As search engines take it: a phrase in quotation marks."""
        return f'"{self.words}"' if " " in self.words else self.words


def searches(watchlist: Watchlist) -> list[Search]:
    """Every name of a brand, and every hashtag, word and phrase of a topic, once each."""
    found: dict[str, Search] = {}
    for brand in watchlist.brands:
        for name in once((brand.name, *brand.names)):
            found.setdefault(name.casefold().lstrip("@"), Search(name.lstrip("@")))
    for topic in watchlist.topics:
        for tag in topic.hashtags:
            written = f"#{tag.lstrip('#')}"
            found.setdefault(written.casefold(), Search(written, topic.id))
        for words in query_words(topic.query):
            found.setdefault(words.casefold(), Search(words, topic.id))
    return list(found.values())


def tags(watchlist: Watchlist) -> list[Search]:
    """The same as hashtags without '#': topics' hashtags, and brand names written together."""
    found: dict[str, Search] = {}
    for search in searches(watchlist):
        tag = re.sub(r"[\W_]+", "", search.words)
        if (search.is_tag or search.topic is None) and tag and not tag.isdigit():
            found.setdefault(tag.casefold(), Search(tag, search.topic))
    return list(found.values())


def query_words(query: str) -> tuple[str, ...]:
    """The words and phrases that a boolean query asks for: what stands behind NOT, fields and
    prefixes shorter than 4 letters are left out. A search for each finds more than the query does;
    the query itself decides at home."""
    return once(_wanted(query))


def _wanted(query: str) -> Iterator[str]:
    skip = depth = skip_depth = 0
    for match in _TOKEN.finditer(query):
        mark, word = match["mark"], match["word"]
        if mark == "(":
            depth += 1
            if skip == 1:
                skip, skip_depth = 2, depth
        elif mark == ")":
            if skip == 2 and depth == skip_depth:
                skip = 0
            depth -= 1
        elif word in ("AND", "OR") or (word and _NEAR.match(word)):
            continue
        elif word == "NOT" or (word and word.startswith("-")):
            skip = max(skip, 1) if word == "NOT" else skip
        elif skip == 1:
            skip = 0
        elif skip == 0 and not match["field"]:
            stem = (match["phrase"] or word or "").strip()
            if not stem.endswith("*"):
                yield stem
            elif len(stem) > 4:
                yield stem[:-1]
