"""What every reader sees of a post: unescaped, without links, handles and repost marks."""

from __future__ import annotations

import html
import re

_LINK = re.compile(r"(?:https?://\S*|\bhttps?\b:?|\bwww\.\S+)", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@[\w.\-]*\w(?:@[\w.\-]+\w)?")
_REPOST = re.compile(r"^\s*RT\b\s*:?\s*", re.ASCII)
_SPACE = re.compile(r"\s+")
_LETTER = re.compile(r"[^\W\d_]")


def clean(text: str) -> str:
    """The text as people wrote it: HTML unescaped, links, handles and a leading "RT" taken out,
    spaces folded. Handles and links go in all languages alike, since a language's or a platform's
    way of masking them would be learnt in place of the words."""
    if "&" in text:
        text = html.unescape(text)
    if "http" in text or "www." in text or "HTTP" in text:
        text = _LINK.sub(" ", text)
    if "@" in text:
        text = _HANDLE.sub(" ", text)
    if text.lstrip().startswith("RT"):
        text = _REPOST.sub("", text)
    return _SPACE.sub(" ", text).strip(" :")


def has_letters(text: str) -> bool:
    """Whether anything in a cleaned text can be read as language."""
    return _LETTER.search(text) is not None
