"""One post: with its thread, its counters over time, and why it was collected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from vigie.explorer.desk import Desk
from vigie.explorer.drawing import Chart
from vigie.explorer.findings_charts import counters
from vigie.locales import mark
from vigie.records import Correction, Post
from vigie.store import Filters, Hit, Hits, Page


@dataclass(frozen=True)
class Thread:
    """A post and what hangs on it."""

    hit: Hit
    ancestors: Sequence[Hit]
    replies: Sequence[Hit]
    replies_total: int
    copies: int  # other posts of its story
    why: Sequence[str]
    counters: Chart
    corrections: Sequence[Correction]
    raw: str


def read_post(desk: Desk, id: str) -> Thread | None:
    """The post with its thread; None where there is none (deleted posts are shown as such)."""
    hit = _hit(desk, id)
    if hit is None:
        return None
    post = hit.post
    above = [other for other in dict.fromkeys((post.root_id, post.parent_id)) if other]
    ancestors = [found for other in above if other != id and (found := _hit(desk, other))]
    replies = _replies(desk, id)
    story = hit.document.get("story_id")
    copies = 0
    if story:
        copies = int(desk.store.aggregate("*", Filters(stories=(story,)), {})["total"]) - 1
    return Thread(
        hit=hit,
        ancestors=ancestors,
        replies=replies.hits,
        replies_total=replies.total,
        copies=max(copies, 0),
        why=_why(desk, post),
        counters=counters(desk, id),
        corrections=sorted(
            desk.store.all(Correction, prefix=f"{id}:"), key=lambda correction: correction.at
        ),
        raw=post.model_dump_json(indent=2),
    )


def _hit(desk: Desk, id: str) -> Hit | None:
    (post,) = desk.store.get([id], Post)
    (document,) = desk.store.documents([id])
    return Hit(post=post, document=document or {}) if post else None


def _replies(desk: Desk, id: str) -> Hits:
    if '"' in id:  # a quoted value cannot hold a quote: no platform's id has one
        return Hits(total=0, hits=[])
    query = f'parent:"{id}"'
    return desk.store.search(query, Filters(), sort="published_at", page=Page(size=20))


def _why(desk: Desk, post: Post) -> list[str]:
    """Why it was collected, in words."""
    said: list[str] = []
    for match in post.matched:
        kind, _, id = match.partition(":")
        values = {"name": desk.topic(id) if kind == "topic" else desk.brand(id)}
        text = {
            "brand": mark("names %(name)s"),
            "topic": mark("meets the topic %(name)s"),
            "homonym": mark("a coincidence of names, left out of %(name)s"),
        }.get(kind)
        if text:
            said.append(desk.words.text(text) % values)
    if post.owner:
        owned = desk.words.text("published by %(name)s")
        under = desk.words.text("under a post of %(name)s")
        said.append((owned if post.origin == "owned" else under) % {"name": desk.brand(post.owner)})
    return said


def post(desk: Desk, id: str) -> Response:
    from vigie.explorer.render import answer

    thread = read_post(desk, id)
    title: dict[str, Any] = {"title": desk.words.text("Post")}
    return answer(desk, "post.html", 200 if thread else 404, thread=thread, **title)
