"""The piece of a post that a query found, as safe HTML: only <mark> is markup in it."""

from __future__ import annotations

from html import escape

from vigie.query.nearness import places
from vigie.query.nodes import Node, Raw, Words, wanted
from vigie.query.words import spans, written

LENGTH = 320  # characters of a piece
BEFORE = 80  # of them before the first mark


def highlight(node: Node, text: str) -> str | None:
    """The piece of a text around the first word that was looked for, its finds in <mark>; None
    for an empty text."""
    if not text:
        return None
    marks = _marks(list(wanted(node)), text)
    start, end = _piece(text, marks[0][0] if marks else 0)
    parts: list[str] = ["…"] if start else []
    at = start
    for low, high in marks:
        if low < at or high > end:
            continue
        parts += [escape(text[at:low]), "<mark>", escape(text[low:high]), "</mark>"]
        at = high
    parts.append(escape(text[at:end]))
    if end < len(text):
        parts.append("…")
    return "".join(parts)


def _marks(wishes: list[Words | Raw], text: str) -> list[tuple[int, int]]:
    """Where the wishes stand, in order and joined where they overlap or touch."""
    cut = list(spans(text))
    words = [word for word, _, _ in cut]
    found: list[tuple[int, int]] = []
    for wish in wishes:
        phrase = Words(wish.words) if isinstance(wish, Raw) else wish
        core = _core(wish) if isinstance(wish, Raw) else None
        for at in places(phrase, words):
            low, high = cut[at][1], cut[at + len(phrase.words) - 1][2]
            if core is None or written(text[low:high]) == core:
                found.append((low, high))
    joined: list[tuple[int, int]] = []
    for low, high in sorted(found):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _core(wish: Raw) -> str:
    """What `raw:` asks for, from its first word to its last."""
    cut = list(spans(wish.text))
    return wish.text[cut[0][1] : cut[-1][2]]


def _piece(text: str, first: int) -> tuple[int, int]:
    """Begin and end of the piece, at spaces where there are any."""
    if len(text) <= LENGTH:
        return 0, len(text)
    start = max(0, first - BEFORE)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + LENGTH)
    if end < len(text):
        space = text.rfind(" ", first + (end - first) // 2, end)
        end = space if space > 0 else end
    return start, end
