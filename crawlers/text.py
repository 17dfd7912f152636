"""What is read from the text of a post: plain text from HTML, hashtags, mentions, links, emojis."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from re import Pattern

_HIDDEN = re.compile(r"<!--.*?-->|<(script|style|template|noscript)\b.*?</\1\s*>", re.S | re.I)
_HIDES = re.compile(r"<(?:!--|script|style|template|noscript)", re.I)
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)[^>]*>|<![^>]*>|<\?[^>]*>")
_BREAKS = {
    **dict.fromkeys(("p", "/p"), "\n\n"),
    **dict.fromkeys(("br", "hr", "/div", "/li", "/tr", "/blockquote", "/pre"), "\n"),
    **dict.fromkeys((f"/h{level}" for level in range(1, 7)), "\n"),
}
_LINES = re.compile(r"[ \t\r\f\v\xa0]*\n[ \t\r\f\v]*")
_BLANKS = re.compile(r"\n{3,}")
_ANCHOR = re.compile(r"<a\b[^>]*>", re.I)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_INNER = re.compile(r"""\bclass\s*=\s*["'][^"']*\b(?:mention|hashtag)\b""", re.I)

_HASHTAG = re.compile(r"(?<![\w&/#])#(\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w/@.])@([\w.\-]*\w(?:@[\w.\-]*\w)?)")
_LINK = re.compile(r"https?://[^\s<>\"'\]\[{}|\\^`]+", re.I)
_LINK_END = ".,;:!?…»”’)"
_PICTURES = re.compile("[\u20e3\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]")


def plain(markup: str) -> str:
    """The text that a reader sees of a piece of HTML; paragraphs stand apart by an empty line."""
    if "<" not in markup:
        return html.unescape(markup).strip() if "&" in markup else markup.strip()
    text = _HIDDEN.sub("", markup) if _HIDES.search(markup) else markup
    text = _TAG.sub(_break, text)
    if "&" in text:
        text = html.unescape(text)
    if "\n" in text:
        text = _BLANKS.sub("\n\n", _LINES.sub("\n", text))
    return text.strip()


def _break(tag: re.Match[str]) -> str:
    return _BREAKS.get((tag[1] or "").lower(), "")


def hrefs(markup: str) -> tuple[str, ...]:
    """The web addresses that a piece of HTML links to, once each, in order; not those of mentions
    and hashtags."""
    if "<a" not in markup:
        return ()
    anchors = (anchor for anchor in _ANCHOR.findall(markup) if not _INNER.search(anchor))
    found = (_HREF.search(anchor) for anchor in anchors)
    addresses = (html.unescape(match[1] or match[2] or "") for match in found if match)
    return once(link for link in addresses if link.startswith(("http://", "https://")))


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags written in a text, without '#', once each, in order."""
    return once(_HASHTAG.findall(text)) if "#" in text else ()


def mentions(text: str) -> tuple[str, ...]:
    """The handles written in a text, without '@', once each, in order."""
    return once(_MENTION.findall(text)) if "@" in text else ()


def links(text: str) -> tuple[str, ...]:
    """The web addresses written in a text, once each, in order, without the sentence's point."""
    if "://" not in text:
        return ()
    return once(_trimmed(link) for link in _LINK.findall(text))


def _trimmed(link: str) -> str:
    while link[-1:] in _LINK_END and link:
        if link[-1] == ")" and link.count("(") >= link.count(")"):
            break  # the address's own
        link = link[:-1]
    return link


@lru_cache(maxsize=1)
def _emoji() -> Pattern[str]:
    import regex  # type: ignore[import-untyped]  # its tables cost 20 ms, and most bodies need them

    one = r"(?:\p{Emoji_Presentation}|[\u2600-\u27bf]|\p{Extended_Pictographic}\ufe0f)"
    part = rf"{one}[\p{{EMod}}\ufe0f]*"
    tags = r"[\U000e0020-\U000e007f]*"
    pattern: Pattern[str] = regex.compile(
        rf"\p{{RI}}{{2}}|[0-9#*]\ufe0f?\u20e3|{part}(?:\u200d(?:{part}|\p{{Extended_Pictographic}}\ufe0f?))*{tags}"
    )
    return pattern


def emojis(text: str) -> tuple[str, ...]:
    """The emojis of a text as written, with repeats, in order; sequences stay whole."""
    if text.isascii() or not _PICTURES.search(text):
        return ()
    return tuple(_emoji().findall(text))


def faceted(text: str, facets: Iterable[Any]) -> tuple[list[str], list[str], list[str]]:
    """Hashtags, mentions and links of Bluesky facets, whose offsets count bytes of UTF-8."""
    raw = text.encode()
    tags: list[str] = []
    names: list[str] = []
    addresses: list[str] = []
    for facet in facets:
        span = facet["index"]
        for feature in facet["features"]:
            if tag := feature.get("tag"):
                tags.append(tag.lstrip("#"))
            elif address := feature.get("uri"):
                addresses.append(address)
            elif feature.get("did"):
                shown = raw[span["byteStart"] : span["byteEnd"]].decode(errors="ignore")
                names.append(shown.lstrip("@"))
    return tags, names, addresses


def once(items: Iterable[str]) -> tuple[str, ...]:
    """The same without repeats and empty ones, in order."""
    return tuple(dict.fromkeys(item for item in items if item))
