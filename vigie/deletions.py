"""Deletions that a platform's terms ask to be carried out everywhere.

What is gone at the platform leaves the store with its text, and is cut out of the raw bodies that
were landed (`vigie/cutting.py`), so that no replay brings it back. What is live again comes back.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from vigie.cutting import cut, posts_in
from vigie.errors import Busy, StoreError
from vigie.policies import Policies
from vigie.records import Cursor, Post, Record, Tombstone
from vigie.sources import Answer
from vigie.store import Filters, Store
from vigie.workspace import Workspace

log = logging.getLogger("vigie.deletions")
_TRIES = 20
_PENDING = "erasing:"  # prefix of the notes of what is still landed
_GIVEN_UP = "unlanded:"  # prefix of the notes of what is landed no more
_STATES = ("live", "deleted", "withheld")


def carry_out(workspace: Workspace, records: Sequence[Record]) -> int:
    """Takes posts out of the store whose deletion was noticed, where the platform's terms ask for
    that, and notes that their raw data are to be cut; answers how many. What is live again later
    comes back."""
    policies = Policies(workspace.watchlist)
    noticed = {
        one.id: one
        for one in records
        if isinstance(one, Tombstone) and one.entity_kind == "post" and one.reason != "erased"
    }
    seen = [one.id for one in records if isinstance(one, Post) and policies[one.platform].erase]
    # What comes late, from another worker's landing, was noticed to be gone before.
    noticed |= {one.id: one for one in workspace.store.get(seen, Tombstone) if seen and one}
    ids = [id for id in noticed if policies[id.partition(":")[0]].erase]
    if not ids:
        return 0
    held = [
        post
        for post in workspace.store.get(ids, Post)
        if post and post.collected_at <= noticed[post.id].noticed_at
    ]
    by_platform: dict[str, dict[str, str]] = {}
    for post in held:
        first = post.first_seen_at.date().isoformat()
        by_platform.setdefault(post.platform, {})[post.id] = first
    for platform, first_days in by_platform.items():
        _note(workspace, f"{_PENDING}{platform}", first_days)
    if not held:
        return 0
    gone = [post.id for post in held]
    gone += reposts_of(workspace.store, held)  # their words are its words
    workspace.store.delete(Filters(ids=tuple(gone), states=()))
    return len(gone)


def reposts_of(store: Store, posts: Sequence[Post]) -> list[str]:
    """Ids of bare reposts of these posts."""
    ids = {post.id for post in posts}
    platforms = tuple(sorted({post.platform for post in posts}))
    since = min(post.published_at for post in posts)
    filters = Filters(since=since, platforms=platforms, states=_STATES)
    columns = ["id", "repost_of"]
    return [
        id
        for frame in store.scan(filters, columns)
        for id, of in frame.select(columns).iter_rows()
        if of in ids and id not in ids
    ]


def cut_pending(workspace: Workspace) -> int:
    """Cuts what `carry_out` took out of the store out of the raw data as well; answers how many
    answers were changed. Stopped half-way, or where another process lands, the next one does it
    again."""
    changed = 0
    for note in list(workspace.store.all(Cursor, prefix=_PENDING)):
        days: dict[str, str] = note.value["posts"]
        platform = note.id.removeprefix(_PENDING)
        wanted = [needle(id.partition(":")[2]) for id in days]
        knife = Knife(partial(_among, ids=frozenset(days)))
        since = min(days.values(), default="")
        try:
            changed += rewrite(workspace, platform, wanted, knife, since)
        except Busy as error:
            log.info("%s: not all is cut out of raw data yet: %s", platform, error)
            continue
        finally:
            knife.tell(workspace, platform)
        after = note.model_copy(update={"value": {"posts": {}}, "moved_at": workspace.clock.now()})
        if workspace.store.change(Cursor, note.id, note, after):
            workspace.store.drop(Cursor, [note.id])
    return changed


def pending(workspace: Workspace) -> set[str]:
    """Posts that left the store and are not cut out of the raw data yet."""
    notes = workspace.store.all(Cursor, prefix=_PENDING)
    return {id for note in notes for id in note.value["posts"]}


def unlanded(workspace: Workspace) -> set[str]:
    """Posts that stay in the store though the raw answer that held them had to be given up, since
    nothing could be cut out of it."""
    notes = workspace.store.all(Cursor, prefix=_GIVEN_UP)
    return {id for note in notes for id in note.value["posts"]}


def _among(post: Post, ids: frozenset[str]) -> bool:
    return post.id in ids


class Knife:
    """Cuts posts out of answers, and remembers the posts of others that went with a whole body."""

    def __init__(self, goes: Callable[[Post], bool]) -> None:
        self.goes = goes
        self.lost: set[str] = set()

    def __call__(self, answer: Answer) -> list[Answer]:
        pieces = cut(answer, self.goes)
        if not pieces:
            held = posts_in(answer) or {}
            self.lost.update(id for id, post in held.items() if not self.goes(post))
        return pieces

    def tell(self, workspace: Workspace, platform: str) -> None:
        """Notes what went with a whole body: `vigie verify` does not miss it."""
        if self.lost:
            _note(workspace, f"{_GIVEN_UP}{platform}", dict.fromkeys(sorted(self.lost), ""))


def _note(workspace: Workspace, id: str, first_days: dict[str, str]) -> None:
    """Remembers posts under a name, whoever else notes some too."""
    store = workspace.store
    for _ in range(_TRIES):
        present = store.get([id], Cursor)[0]
        posts = {**(present.value["posts"] if present else {}), **first_days}
        made = Cursor(id=id, value={"posts": posts}, moved_at=workspace.clock.now())
        if store.change(Cursor, id, present, made):
            return
    raise StoreError("a note is changed all the time", where=id)


def rewrite(
    workspace: Workspace,
    platform: str,
    needles: Iterable[bytes],
    change: Callable[[Answer], Sequence[Answer]],
    since: str = "",
) -> int:
    """Changes a platform's raw data from a day on. Raises Busy where another process lands, once
    all that can be changed is."""
    wanted, changed = list(needles), 0
    busy: Busy | None = None
    for path in workspace.landing.segments((platform,)):
        if path.name[:10] >= since:
            try:
                changed += workspace.landing.rewrite(path, wanted, change)
            except Busy as error:
                busy = error
    if busy is not None:
        raise busy
    return changed


def needle(id: str) -> bytes:
    """The last part of an id, which no escape of JSON changes."""
    return re.split(r"[/:]", id.rstrip("/"))[-1].encode()
