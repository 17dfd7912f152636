"""Items of Hacker News as records: from its own API, and as its search writes them."""

from __future__ import annotations

import re
from typing import Any, Literal

from crawlers.fields import drift, keys, moment, text_or_none
from crawlers.text import emojis, hrefs, links, once, plain
from vigie.records import Account, Author, Counts, Post, Source, Tombstone
from vigie.sources import Answer, Mapped

_PLACE = "https://news.ycombinator.com"
_ITEM = keys("by descendants id kids score time title type url text parent poll parts deleted dead")
_HIT = keys(
    "_highlightResult _tags author children created_at created_at_i num_comments objectID points "
    "story_id title updated_at url comment_text parent_id story_title story_url story_text "
    "relevancy_score"
)
_USER = keys("about created delay id karma submitted")
_ASKED = re.compile(r"/item/(\d+)\.json")


def read(answer: Answer, body: Any, source: Source) -> Mapped:
    """The records of a body, found by its shape; lists of ids hold none."""
    mapped, endpoint = Mapped(), answer.endpoint
    if body is None:
        if asked := _ASKED.search(answer.request_url):
            mapped.tombstones.append(_gone(answer, asked[1]))
    elif isinstance(body, dict) and "hits" in body:
        for hit in body["hits"]:
            drift(mapped, f"{endpoint}.hits", hit, _HIT, keys("author created_at_i"))
            mapped.posts.append(_hit(answer, hit, source))
    elif isinstance(body, dict) and "karma" in body:
        drift(mapped, endpoint, body, _USER, keys("created id karma"))
        mapped.accounts.append(_user(answer, body, source))
    elif isinstance(body, dict) and "id" in body:
        if body.get("deleted") or body.get("dead"):
            drift(mapped, endpoint, body, _ITEM, keys("id type"))
            reason: Literal["deleted", "withheld"]
            reason = "deleted" if body.get("deleted") else "withheld"
            mapped.tombstones.append(_gone(answer, body["id"], reason))
        else:
            drift(mapped, endpoint, body, _ITEM, keys("id type by time"))
            mapped.posts.append(_item(answer, body, source))
    return mapped


def _item(answer: Answer, item: dict[str, Any], source: Source) -> Post:
    root, id = answer.meta.get("root"), str(item["id"])
    return _post(
        answer, id, item.get("by"), item["time"], item.get("title"), item.get("text"), source,
        address=item.get("url"), parent=item.get("parent"),
        root=root if root != id else None,
        metrics=Counts(likes=item.get("score"), replies=item.get("descendants")),
    )  # fmt: skip


def _hit(answer: Answer, hit: dict[str, Any], source: Source) -> Post:
    id, story = str(hit["objectID"]), str(hit.get("story_id") or "")
    return _post(
        answer, id, hit.get("author"), hit["created_at_i"], hit.get("title"),
        hit.get("comment_text") or hit.get("story_text"), source,
        address=hit.get("url"), parent=hit.get("parent_id"),
        root=story if story != id else None,
        metrics=Counts(likes=hit.get("points"), replies=hit.get("num_comments")),
    )  # fmt: skip


def _post(
    answer: Answer,
    id: str,
    author: str | None,
    at: int,
    title: str | None,
    markup: str | None,
    source: Source,
    *,
    address: str | None,
    parent: int | None,
    root: str | None,
    metrics: Counts,
) -> Post:
    published = moment(at)
    if published is None:
        raise ValueError(f"no time: {at!r}")
    text = plain(markup) if markup else None
    return Post(
        id=f"hackernews:{id}",
        platform="hackernews",
        native_id=id,
        kind="comment" if parent else "post",
        url=f"{_PLACE}/item?id={id}",
        author=Author(id=f"hackernews:{author}" if author else None, handle=author),
        text=text,
        title=text_or_none(title),
        published_at=published,
        first_seen_at=answer.collected_at,
        collected_at=answer.collected_at,
        parent_id=f"hackernews:{parent}" if parent else None,
        root_id=f"hackernews:{root}" if parent and root else None,
        links=once([address or "", *hrefs(markup or ""), *links(text or "")]),
        emojis=emojis(f"{title or ''} {text or ''}"),
        metrics=metrics,
        source=source,
    )


def _user(answer: Answer, user: dict[str, Any], source: Source) -> Account:
    return Account(
        id=f"hackernews:{user['id']}",
        platform="hackernews",
        native_id=user["id"],
        handle=user["id"],
        url=f"{_PLACE}/user?id={user['id']}",
        bio=text_or_none(plain(user.get("about") or "")),
        created_at=moment(user.get("created")),
        first_seen_at=answer.collected_at,
        collected_at=answer.collected_at,
        source=source,
    )


def _gone(
    answer: Answer, id: int | str, reason: Literal["deleted", "withheld"] = "deleted"
) -> Tombstone:
    return Tombstone(
        id=f"hackernews:{id}", entity_kind="post", reason=reason, noticed_at=answer.collected_at
    )
