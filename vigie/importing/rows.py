"""Rows of a file as records: pure, from what was landed and the column map that lies beside it."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, get_args
from urllib.parse import urlsplit

import orjson
from pydantic import ValidationError

from crawlers.entries import address_key, digest
from crawlers.fields import account_samples
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.errors import MappingError
from vigie.importing.columns import FIELDS, Type
from vigie.importing.tables import at_path
from vigie.importing.values import (
    LONGEST,
    NOTHING,
    Dates,
    count,
    identifier,
    says_nothing,
    time,
    truth,
)
from vigie.records import Account, Media, Post, PostKind, Source
from vigie.sources import Answer, Mapped

VERSION = "1"
KINDS = frozenset(get_args(PostKind))
_MEDIA = frozenset(("image", "video", "audio", "gif", "link", "other"))
_STATES = frozenset(("live", "deleted", "withheld"))
_PLATFORMS = {
    "twitter": "x", "x (twitter)": "x", "x": "x", "facebook": "facebook", "instagram": "instagram",
    "threads": "threads", "linkedin": "linkedin", "youtube": "youtube", "tiktok": "tiktok",
    "pinterest": "pinterest", "reddit": "reddit", "bluesky": "bluesky", "mastodon": "mastodon",
    "telegram": "telegram", "news": "news", "blog": "news", "hacker news": "hackernews",
}  # fmt: skip
_HOSTS = {
    "x.com": "x", "twitter.com": "x", "facebook.com": "facebook", "fb.com": "facebook",
    "fb.watch": "facebook", "instagram.com": "instagram", "threads.net": "threads",
    "threads.com": "threads", "linkedin.com": "linkedin", "youtube.com": "youtube",
    "youtu.be": "youtube", "tiktok.com": "tiktok", "pinterest.com": "pinterest",
    "reddit.com": "reddit", "bsky.app": "bluesky", "t.me": "telegram",
    "news.ycombinator.com": "hackernews",
}  # fmt: skip
_AUTHOR = frozenset(("author.name", "author.followers", "author.verified"))
_PLAIN = frozenset(("url", "published_at", "edited_at", "sensitive"))
_ABOVE = frozenset(("parent_id", "root_id", "repost_of", "quote_of"))
_X_STATUS = re.compile(r"/status(?:es)?/(\d+)")
_LIST = re.compile(r"[\s,;|]+")
_LANG = re.compile(r"([a-z]{2,3})(?:[-_].*)?")


class Refused(ValueError):
    """A row that cannot be a post, and why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file's rows become posts, from the meta of its answers."""

    columns: tuple[tuple[str, str, Type, Mapping[str, str]], ...]
    dates: Dates
    constants: Mapping[str, Any]


def plan_of(meta: Mapping[str, Any]) -> Plan:
    """The plan that a file's meta tells."""
    kept = {key: meta[key] for key in ("columns", "values", "dates", "constants")}
    return _plan(orjson.dumps(kept))


def least_of(plan: Plan) -> Plan:
    """The part of a plan that decides whether a row can be a post, and at which platform."""
    needed = ("platform", "native_id", "url", "title", "text", "published_at")
    kept = tuple(column for column in plan.columns if column[0] in needed)
    return Plan(kept, plan.dates, plan.constants)


@lru_cache(maxsize=8)
def _plan(told: bytes) -> Plan:
    meta = orjson.loads(told)
    values = meta["values"]
    return Plan(
        tuple(
            (field, column, FIELDS[field], values.get(field, {}))
            for field, column in meta["columns"].items()
        ),
        Dates(**meta["dates"]),
        meta["constants"],
    )


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
    if not isinstance(row, dict):
        raise Refused(str(row))
    dates = plan.dates
    found: dict[str, Any] = dict(plan.constants)
    for field, column, type_, values in plan.columns:
        cell = row.get(column)
        if cell is None and "." in column and column not in row:
            cell = at_path(row, column)
        if cell is None or cell == "":
            continue
        if values:
            cell = _translated(cell, values)
        value = time(cell, dates) if type_ == "time" else _READERS[type_](cell)
        if value is not None:
            found[field] = value
        elif not says_nothing(cell) and type_ != "choice":
            unread[f"import.{field}"] += 1
            if field == "published_at":
                raise Refused(f"published_at: no date: {cell!r} (column {column})")
    if found.get("published_at") is None:
        raise Refused("published_at: no date")
    if isinstance(found["published_at"], str):  # a constant
        found["published_at"] = time(found["published_at"], dates)
    found["platform"] = _platform(found)
    if not any(found.get(field) for field in ("native_id", "url", "text", "title")):
        raise Refused("no id, no address, no text: this is no post")
    return found


def _translated(cell: Any, values: Mapping[str, str]) -> Any:
    """The cell in our words; of a list the last one that has any, since lists go into detail."""
    if isinstance(cell, list):
        known = (values.get(str(item).casefold()) for item in reversed(cell))
        return next((value for value in known if value), cell[-1] if cell else None)
    return values.get(str(cell).strip().casefold(), cell)


def _platform(found: Mapping[str, Any]) -> str:
    given = str(found.get("platform") or "").strip().casefold()
    if given in _PLATFORMS:
        return _PLATFORMS[given]
    if given:
        word = given.split()[0]  # "Facebook Page", "Instagram Business"
        return _PLATFORMS.get(word, re.sub(r"[^a-z0-9]+", "", word) or "other")
    host = (urlsplit(found.get("url") or "").hostname or "").removeprefix("www.")
    for suffix, platform in _HOSTS.items():
        if host == suffix or host.endswith(f".{suffix}"):
            return platform
    raise Refused("no platform: neither a column, nor --platform, nor a known address")


def _post(found: dict[str, Any], answer: Answer, source: Source) -> Post:
    platform = found["platform"]
    text, title = _clean(found.get("text")), _clean(found.get("title"))
    handle = (found.get("author.handle") or "").lstrip("@") or None
    collected = _collected(found, answer)
    native = _native(found, platform, text or title, handle)
    author = found.get("author.id") or (handle.casefold() if handle else None)
    kind = str(found.get("kind") or "").casefold()
    state = str(found.get("state") or "").casefold()
    read = text or title or ""
    given: dict[str, Any] = {
        "id": f"{platform}:{native}",
        "platform": platform,
        "native_id": native,
        "kind": kind if kind in KINDS else _kind(found, platform),
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
    for field, value in found.items():  # what is taken as it stands
        if field[:8] == "metrics.":
            given["metrics"][field[8:]] = value
        elif field in _AUTHOR:
            given["author"][field[7:]] = value
        elif field in _PLAIN:
            given[field] = value
        elif field in _ABOVE:
            given[field] = _global(value, platform)
    if lang := found.get("lang"):
        given["lang"] = _code(str(lang))
    return Post.model_validate(given)


def _native(found: Mapping[str, Any], platform: str, text: str | None, handle: str | None) -> str:
    """The platform's id: a column's, the one in X's addresses, else a hash of what names a row."""
    if native := found.get("native_id"):
        return str(native).removeprefix(f"{platform}:")
    if url := found.get("url"):
        status = _X_STATUS.search(url) if platform == "x" else None
        return status[1] if status else digest(address_key(url))
    return digest(handle or "", found["published_at"].isoformat(), text or "")


def _collected(found: Mapping[str, Any], answer: Answer) -> datetime:
    given = found.get("collected_at")
    if isinstance(given, str):
        given = time(given, Dates())
    return given if isinstance(given, datetime) else answer.collected_at


def _kind(found: Mapping[str, Any], platform: str) -> str:
    if found.get("parent_id"):
        return "reply"
    if found.get("repost_of"):
        return "repost"
    if found.get("quote_of"):
        return "quote"
    return {"youtube": "video", "tiktok": "video", "news": "article", "pinterest": "pin"}.get(
        platform, "post"
    )


def _media(found: Mapping[str, Any]) -> tuple[Media, ...]:
    if "media.kind" not in found and "media.url" not in found:
        return ()
    kind = str(found.get("media.kind") or "").casefold()
    url = found.get("media.url")
    if kind not in _MEDIA and not url:
        return ()
    shown = kind if kind in _MEDIA else "other"
    duration = found.get("media.duration_s") if shown in ("video", "audio") else None
    return (Media(kind=shown, url=url, alt=found.get("media.alt"), duration_s=duration or None),)


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
    match = _LANG.fullmatch(given.strip().lower())
    return match[1] if match else None


def _text(cell: Any) -> str | None:
    text = cell.strip() if type(cell) is str else str(cell).strip()
    if len(text) <= LONGEST and (cell is None or text.lower() in NOTHING):
        return None
    return text


def _items(cell: Any) -> list[str] | None:
    if isinstance(cell, list):
        return [str(item) for item in cell if item]
    return None if says_nothing(cell) else [item for item in _LIST.split(str(cell)) if item]


def _number(cell: Any) -> float | None:
    try:
        return float(str(cell).replace(",", "."))
    except ValueError:
        return None


_READERS: dict[Type, Callable[[Any], Any]] = {
    "text": _text,
    "id": identifier,
    "count": count,
    "list": _items,
    "choice": _text,
    "truth": truth,
    "number": _number,
}
