"""Posts of a site in order, found by hashtag, account and words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from vigie.demo.grammar import fold
from vigie.demo.posts import Post

WORD = re.compile(r"\w+")
_TERM = re.compile(r'"([^"]*)"|(\S+)')


class Shelf:
    """Posts by rising key, read newest first."""

    __slots__ = ("keys", "posts")

    def __init__(self, posts: Iterable[Post], key: Callable[[Post], int]) -> None:
        self.posts = sorted(posts, key=key)
        self.keys = [key(post) for post in self.posts]

    def newest(self, now: int, below: int | None = None) -> Iterator[Post]:
        """Visible posts, newest first, with keys below a bound."""
        end = len(self.keys) if below is None else bisect_left(self.keys, below)
        for at in range(end - 1, -1, -1):
            if self.posts[at].visible(now):
                yield self.posts[at]

    def oldest(self, now: int, above: int) -> Iterator[Post]:
        """Visible posts, oldest first, with keys above a bound."""
        for at in range(bisect_left(self.keys, above + 1), len(self.keys)):
            if self.posts[at].visible(now):
                yield self.posts[at]


class Words:
    """An index of words, so that a search does not read every post."""

    def __init__(self, posts: Iterable[Post], key: Callable[[Post], int]) -> None:
        self._key = key
        self._texts: dict[int, str] = {}
        self._found: dict[str, list[Post]] = {}
        for post in posts:
            words = WORD.findall(fold(f"{post.title or ''} {post.text}"))
            self._texts[id(post)] = f" {' '.join(words)} "
            for word in dict.fromkeys(words):
                self._found.setdefault(word, []).append(post)
        self._shelves: dict[str, Shelf] = {}

    def search(self, query: str) -> Shelf:
        """Posts that have all words and phrases of a query; an empty shelf for an empty query."""
        if query in self._shelves:
            return self._shelves[query]
        terms = [WORD.findall(fold(phrase or word)) for phrase, word in _TERM.findall(query)]
        terms = [term for term in terms if term]
        posts: list[Post] = []
        if terms:
            rarest = min(
                (word for term in terms for word in term),
                key=lambda word: len(self._found.get(word, ())),
            )
            phrases = [f" {' '.join(term)} " for term in terms]
            posts = [
                post
                for post in self._found.get(rarest, ())
                if all(phrase in self._texts[id(post)] for phrase in phrases)
            ]
        shelf = self._shelves[query] = Shelf(posts, self._key)
        return shelf


def by_tag(posts: Iterable[Post], key: Callable[[Post], int]) -> dict[str, Shelf]:
    """Shelves by hashtag without case and accents."""
    found: dict[str, list[Post]] = {}
    for post in posts:
        for tag in {fold(tag) for tag in post.tags}:
            found.setdefault(tag, []).append(post)
    return {tag: Shelf(many, key) for tag, many in found.items()}
