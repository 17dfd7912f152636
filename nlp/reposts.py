"""Synthetic reposts: what people and outlets do to a text that they take over."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_LINK = re.compile(r"\s*https?://\S+")
_OUTLETS = ("BBC News", "Le Monde", "France Bleu", "The Guardian", "Ouest-France")
_OTHER_WORDS = ("really", "today", "people", "new", "some", "big", "this")


def _handle(draw: Random) -> str:
    return f"@user_{draw.randrange(1000)}"


def _change_words(text: str, draw: Random) -> str:
    words = text.split()
    for i in draw.sample(range(len(words)), min(len(words), max(1, round(len(words) * 0.12)))):
        words[i] = draw.choice(_OTHER_WORDS)
    return " ".join(words)


def _cut(text: str, share: float, mark: str) -> str:
    return text[: max(20, int(len(text) * share))] + mark


EDITS: dict[str, Callable[[str, Random], str]] = {
    "repost mark": lambda text, draw: f"RT {_handle(draw)}: {text}",
    "cut": lambda text, draw: _cut(text, draw.uniform(0.6, 0.9), "…"),
    "repost mark and cut": lambda text, draw: _cut(f"RT {_handle(draw)}: {text}", 0.8, "..."),
    "link added": lambda text, draw: f"{text} https://example.org/{draw.randrange(10**9):x}",
    "links removed": lambda text, draw: _LINK.sub("", text),
    "hashtag added": lambda text, draw: f"{text} #{draw.choice(('news', 'breaking', 'fyi'))}",
    "upper case": lambda text, draw: text.upper(),
    "one word in eight changed": _change_words,
    "credited": lambda text, draw: f"{text} via {draw.choice((*_OUTLETS, _handle(draw)))}",
    "outlet's name": lambda text, draw: f"{text} - {draw.choice(_OUTLETS)}",
    "remark before": lambda text, draw: draw.choice(("Wow: ", "So sad. ", "Look: ")) + text,
    "words, hashtag and link": lambda text, draw: (
        f"{_change_words(text, draw)} #news https://example.org/{draw.randrange(10**9):x}"
    ),
}
