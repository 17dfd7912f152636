"""Addresses, headers and pages of LinkedIn's APIs (Rest.li 2.0)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from crawlers import paging
from crawlers.fields import decoded
from crawlers.shares import ms
from crawlers.versions import VERSION
from vigie.errors import MappingError
from vigie.sources import Answer, Call, Target

HOST = "https://api.linkedin.com"
PAGE = 50
OVERLAP = 3  # posts of a page that are read again: those before them may be deleted meanwhile


def page_name(account: str) -> str:
    """A page as the watchlist names it: its number, its URN, or the end of its address."""
    name = account.strip().rstrip("/").removeprefix("@")
    return name.rpartition(":")[2] if name.startswith("urn:li:") else name.rpartition("/")[2]


def call(
    target: Target, endpoint: str, path: str, meta: Mapping[str, Any], method: str = ""
) -> Call:
    """A call of a path, with the token, the version and, of a batch, its method."""
    return signed(Call(endpoint, f"{target.host or HOST}{path}", meta=meta), target, method)


def signed(call: Call, target: Target, method: str = "") -> Call:
    """The call with the headers that LinkedIn wants."""
    headers = {
        "Authorization": "Bearer ${LINKEDIN_TOKEN}",
        "Linkedin-Version": str(target.options.get("version", VERSION)),
        "X-Restli-Protocol-Version": "2.0.0",
    }
    if method:
        headers["X-RestLi-Method"] = method
    return Call(call.endpoint, call.url, headers=headers, meta=call.meta)


def listed(urns: Iterable[str]) -> str:
    """A list as the addresses of Rest.li 2.0 write it."""
    return f"List({','.join(quote(urn, safe='') for urn in urns)})"


def posts_path(urn: str, start: int) -> str:
    """Where an organisation's posts are, those changed last first."""
    author = quote(urn, safe="")
    return f"/rest/posts?q=author&author={author}&count={PAGE}&start={start}&sortBy=LAST_MODIFIED"


def statistics(kind: str, urn: str) -> str:
    """Where the figures of an organisation are: `Share` or `Follower`."""
    entity = quote(urn, safe="")
    name = f"organizationalEntity{kind}Statistics"
    return f"/rest/{name}?q=organizationalEntity&organizationalEntity={entity}"


def organisation(answer: Answer) -> Mapping[str, Any] | None:
    """The page that a lookup found, None where there is none."""
    body = decoded(answer)
    found = body.get("elements", [body]) if isinstance(body, dict) else []
    first = found[0] if found else None
    if first is not None and "id" not in first:
        raise MappingError("an organisation without id", where=answer.request_url)
    return first


def is_nobody(answer: Answer) -> bool:
    """Whether a lookup by name found no page."""
    try:
        return organisation(answer) is None and "elements" in answer.json()
    except (ValueError, MappingError):
        return False


def page(answer: Answer) -> paging.Page:
    """The times of a page of posts, and the address of the next."""
    return answer.once("page", lambda: _read_page(answer))


def _read_page(answer: Answer) -> paging.Page:
    """A page by the times of the last change, which sort the list."""
    body = decoded(answer)
    items, told = body["elements"], body.get("paging") or {}
    asked = {key: value[-1] for key, value in parse_qs(urlsplit(answer.request_url).query).items()}
    start = int(told.get("start", asked.get("start", 0)))
    end, total = start + len(items), told.get("total")
    more = end < total if total is not None else len(items) >= int(asked.get("count", PAGE))
    times = [ms(item.get("lastModifiedAt")) or ms(item.get("createdAt")) for item in items]
    onward = posts_path(asked["author"], max(start + 1, end - OVERLAP)) if more and items else None
    return paging.page(times, onward)
