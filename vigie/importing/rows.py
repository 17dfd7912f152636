"""Rows of a file as records: pure, from what was landed and the column map that lies beside it."""

from __future__ import annotations

import html
import mimetypes
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, get_args
from urllib.parse import quote

import orjson
from pydantic import ValidationError

from crawlers.entries import address_key, digest
from crawlers.fields import account_samples
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.errors import MappingError
from vigie.importing.addresses import handle_in, id_in, platform_of, time_in, urn_in
from vigie.importing.figures import daily
from vigie.importing.plans import Plan, Refused, plan_of, read_cells
from vigie.importing.values import Dates, time
from vigie.records import Account, Media, MetricSample, Post, PostKind, Source, sample_id
from vigie.sources import Answer, Mapped

VERSION = "2"
KINDS = frozenset(get_args(PostKind))
_MEDIA = frozenset(("image", "video", "audio", "gif", "link", "other"))
_STATES = frozenset(("live", "deleted", "withheld"))
_AUTHOR = frozenset(("author.name", "author.followers", "author.verified"))
_PLAIN = frozenset(("url", "published_at", "edited_at", "sensitive"))
_ABOVE = frozenset(("parent_id", "root_id", "repost_of", "quote_of"))
_PART = re.compile(r"\{([a-z_.]+)\}")
_BY_NAME = frozenset(("pinterest", "threads", "tiktok"))  # whose APIs know people by user name
_BASE36 = re.compile(r"[0-9a-z]{4,9}")  # of Reddit, without `t3_`
_RETWEET = re.compile(r"RT @\w+:")
_LANGUAGES = {
    "french": "fr", "français": "fr", "english": "en", "anglais": "en", "german": "de",
    "allemand": "de", "spanish": "es", "espagnol": "es", "italian": "it", "italien": "it",
    "portuguese": "pt", "portugais": "pt", "dutch": "nl", "néerlandais": "nl", "arabic": "ar",
    "arabe": "ar", "japanese": "ja", "japonais": "ja", "chinese": "zh", "chinois": "zh",
}  # fmt: skip
_LANG = re.compile(r"([a-z]{2,3})(?:[-_].*)?")


def map_import(answer: Answer) -> Mapped:
    """Records of a chunk of rows. Rows that cannot be posts are told in `refused`, with number and
    reason. Raises MappingError where not one row can be."""
    plan = plan_of(answer.meta)
    mapped = Mapped()
    seen: set[str] = set()
    source = Source(
        collector=answer.meta.get("preset") or "import",
        endpoint="import",
        run_id=answer.run_id,
        mapper_version=VERSION,
    )
    if plan.figures:
        return daily(zip(_numbers(answer.meta), _rows(answer.body), strict=False), plan, answer)
    for number, row in zip(_numbers(answer.meta), _rows(answer.body), strict=False):
        try:
            fields = read_row(row, plan, mapped.missing)
            post = _post(fields, answer, source)
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            mapped.refused.append(f"row {number}: {place}: {fault['msg']}")
            continue
        except Refused as error:
            mapped.refused.append(f"row {number}: {error}")
            continue
        mapped.posts.append(post)
        if approximate := fields.get("rounded"):
            mapped.samples.extend(_rounded(post, approximate))
        if post.author.id and post.author.id not in seen:
            seen.add(post.author.id)
            account = _account(post)
            mapped.accounts.append(account)
            mapped.samples.extend(account_samples(account))
    if mapped.refused and not mapped.posts:
        told = "; ".join(mapped.refused[:5])
        more = f" and {len(mapped.refused) - 5} more" if len(mapped.refused) > 5 else ""
        raise MappingError(f"{told}{more}", where=str(answer.meta.get("file", "import")))
    return mapped


def _rows(body: bytes) -> Iterator[Any]:
    yield from orjson.loads(b"[" + body.strip(b"\n").replace(b"\n", b",") + b"]")


def _numbers(meta: Mapping[str, Any]) -> Iterator[int]:
    for first, length in meta["rows"]:
        yield from range(first, first + length)


def read_row(row: Any, plan: Plan, unread: Counter[str]) -> dict[str, Any]:
    """Field → value of a row; cells that hold something unreadable are counted in `unread`. Raises
    Refused for a row that can be no post."""
    return _settled(read_cells(row, plan, unread), plan)


def _settled(found: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """The fields with what others tell: platform, address, time. Raises Refused."""
    url = found.get("url")
    platform = platform_of(str(found.get("platform") or ""), url) or plan.otherwise
    if platform is None:
        raise Refused("no platform: neither a column, nor --platform, nor a known address")
    found["platform"] = platform
    if platform == "linkedin" and found.get("native_id"):
        found["native_id"] = _named(found["native_id"], platform)
    for name, pattern in plan.made.items():
        if not found.get(name) and (address := _filled(pattern, found)):
            found[name] = address
    if plan.quoted and found.get("text"):
        found["text"] = unquoted(found["text"])
    if plan.retweets and _RETWEET.match(found.get("text") or ""):
        found["kind"] = "repost"
    published = found.get("published_at")
    if isinstance(published, str):  # a constant
        found["published_at"] = time(published, plan.dates)
    elif published is None and plan.dates.in_id:
        id = found.get("native_id") or id_in(found.get("url") or "", platform)
        found["published_at"] = time_in(id, platform) if id else None
    if found.get("published_at") is None:
        raise Refused("published_at: no date")
    if not any(found.get(name) for name in ("native_id", "url", "text", "title")):
        raise Refused("no id, no address, no text: this is no post")
    if platform == "tiktok" and url and "tiktokcdn" in url:
        del found["url"]  # where the file lies for some days, another address in each export
    return found


def unquoted(text: str) -> str:
    """A text whose lines are each in quotes, as LinkedIn writes them, without these; any other as
    it is.

    >>> unquoted('Un"\\n""\\n"Deux')
    'Un\\n\\nDeux'
    """
    plain = text.replace("\r\n", "\n")
    breaks = plain.count("\n")
    return plain.replace('"\n"', "\n") if breaks and plain.count('"\n"') == breaks else text


def _filled(pattern: str, found: Mapping[str, Any]) -> str | None:
    """A pattern of `[made]` with its fields ("{author.handle}"); None where one is not told."""
    parts = _PART.split(pattern)
    values = [found.get(name) for name in parts[1::2]]
    if not all(values):
        return None
    parts[1::2] = [quote(str(value).lstrip("@"), safe=":") for value in values]
    return "".join(parts)


def _post(found: dict[str, Any], answer: Answer, source: Source) -> Post:
    platform = found["platform"]
    text, title = _clean(found.get("text")), _clean(found.get("title"))
    handle = handle_in(found["author.handle"]) if found.get("author.handle") else None
    collected = _collected(found, answer)
    native = _native(found, platform, text or title, handle)
    name = handle.casefold() if handle else None
    by_name = platform in _BY_NAME and name is not None
    author = name if by_name else found.get("author.id") or name
    kind = str(found.get("kind") or "").casefold()
    state = str(found.get("state") or "").casefold()
    read = text or title or ""
    given: dict[str, Any] = {
        "id": f"{platform}:{native}",
        "platform": platform,
        "native_id": native,
        "kind": kind if kind in KINDS else _kind(found, platform, kind),
        "author": {"id": _global(author, platform), "handle": handle},
        "metrics": {},
        "text": text,
        "title": title,
        "first_seen_at": collected,
        "collected_at": collected,
        "hashtags": _marked(found.get("hashtags"), "#") or hashtags(read),
        "mentions": _marked(found.get("mentions"), "@") or mentions(read),
        "links": once(found["links"]) if "links" in found else links(read),
        "emojis": emojis(read),
        "media": _media(found),
        "state": state if state in _STATES else "live",
        "owner": answer.brand,
        "source": source,
    }
    for name, value in found.items():  # what is taken as it stands
        if name[:8] == "metrics.":
            given["metrics"][name[8:]] = value
        elif name in _AUTHOR:
            given["author"][name[7:]] = value
        elif name in _PLAIN:
            given[name] = value
        elif name in _ABOVE:
            given[name] = _global(_named(str(value), platform), platform)
    if lang := found.get("lang"):
        given["lang"] = _code(str(lang))
    return Post.model_validate(given)


def _native(found: Mapping[str, Any], platform: str, text: str | None, handle: str | None) -> str:
    """The platform's id, as its crawler has it: a column's, the one in the address, else a hash of
    what names a row."""
    if native := found.get("native_id"):  # of LinkedIn, `_settled` has named it
        native = str(native)
        return native if platform == "linkedin" else _whole(native, found, platform)
    if url := found.get("url"):
        return id_in(url, platform) or digest(address_key(url))
    return digest(handle or "", found["published_at"].isoformat(), text or "")


def _whole(native: str, found: Mapping[str, Any], platform: str) -> str:
    """An id with what tools leave out of it: of Facebook the page, of Reddit the kind of thing."""
    native = native.removeprefix(f"{platform}:")
    if platform == "facebook" and native.isdigit():
        page = str(found.get("author.id") or "").removeprefix("facebook:")
        return f"{page}_{native}" if page.isdigit() else native
    if platform == "reddit" and _BASE36.fullmatch(native):
        kind = "t1" if found.get("parent_id") or found.get("kind") == "comment" else "t3"
        return id_in(found.get("url") or "", platform) or f"{kind}_{native}"
    return native


def _named(native: str, platform: str) -> str:
    native = native.removeprefix(f"{platform}:")
    return (urn_in(native) or native) if platform == "linkedin" else native


def _rounded(post: Post, values: Mapping[str, int]) -> Iterator[MetricSample]:
    """Counts that a tool rounds: samples that say so, since a post's counters are exact."""
    for name, value in values.items():
        followers = name == "author.followers"
        entity = post.author.id if followers else post.id
        metric = "followers" if followers else name.removeprefix("metrics.")
        if entity:
            yield MetricSample(
                id=sample_id(entity, metric, post.collected_at),
                entity=entity,
                entity_kind="account" if followers else "post",
                platform=post.platform,
                metric=metric,
                value=value,
                captured_at=post.collected_at,
                exactness="rounded",
            )


def _collected(found: Mapping[str, Any], answer: Answer) -> datetime:
    given = found.get("collected_at")
    if isinstance(given, str):
        given = time(given, Dates())
    return given if isinstance(given, datetime) else answer.collected_at


def _kind(found: Mapping[str, Any], platform: str, told: str) -> str:
    if found.get("parent_id"):
        return "reply"
    if found.get("repost_of"):
        return "repost"
    if found.get("quote_of"):
        return "quote"
    if "." in told and (mimetypes.guess_type(told)[0] or "").startswith("video/"):
        return "video"
    return {"youtube": "video", "tiktok": "video", "news": "article", "pinterest": "pin"}.get(
        platform, "post"
    )


def _media(found: Mapping[str, Any]) -> tuple[Media, ...]:
    """Those of a list, else the one that columns tell of."""
    told = found.get("media") or [
        {name: found.get(f"media.{name}") for name in ("kind", "url", "alt", "duration_s")}
    ]
    return tuple(medium for one in told if (medium := _medium(one)) is not None)


def _medium(told: Mapping[str, Any]) -> Media | None:
    kind, url = str(told["kind"] or "").casefold(), told["url"]
    if kind not in _MEDIA:  # a file of an archive
        kind = (mimetypes.guess_type(kind)[0] or kind).partition("/")[0]
    if kind not in _MEDIA and not url:
        return None
    shown = kind if kind in _MEDIA else "other"
    duration = told["duration_s"] if shown in ("video", "audio") else None
    return Media.model_validate(
        {"kind": shown, "url": url, "alt": told["alt"], "duration_s": duration or None}
    )


def _account(post: Post) -> Account:
    author = post.author
    return Account(
        id=author.id or "",
        platform=post.platform,
        native_id=(author.id or "").removeprefix(f"{post.platform}:"),
        handle=author.handle,
        name=author.name,
        verified=author.verified,
        followers=author.followers,
        owner=post.owner,
        first_seen_at=post.first_seen_at,
        collected_at=post.collected_at,
        source=post.source,
    )


def _global(native: Any, platform: str) -> str | None:
    if not native:
        return None
    return str(native) if str(native).startswith(f"{platform}:") else f"{platform}:{native}"


def _clean(text: Any) -> str | None:
    """Exports of web tools write &amp; for &: no person does."""
    if not text:
        return None
    return (html.unescape(text) if "&" in text else text).strip() or None


def _marked(items: Any, mark: str) -> tuple[str, ...]:
    return once(item.lstrip(mark) for item in items) if items else ()


@lru_cache(maxsize=256)
def _code(given: str) -> str | None:
    word = given.strip().lower()
    match = _LANG.fullmatch(_LANGUAGES.get(word, word))
    return match[1] if match else None
