"""Erasure: an account that wants to be forgotten.

What is its own leaves the store, and its items are cut out of the raw bodies that were landed, so
that no replay brings them back (`vigie/cutting.py`). Of a forgotten account a keyed hash stays, by
which what a later crawl brings of it is left out; without the key (`.vigie/erasure.key`, or
VIGIE_ERASURE_KEY where machines share a store) nobody can tell whose hash it is.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import orjson

from vigie.cutting import MASK, mask, masking
from vigie.deletions import Knife, needle, reposts_of, rewrite
from vigie.errors import ConfigError
from vigie.landing import from_line
from vigie.records import (
    Account,
    Influencer,
    Post,
    Record,
    ShortlistState,
    Tombstone,
    Trend,
)
from vigie.sources import Answer
from vigie.store import Filters, Store
from vigie.workspace import Workspace

KEY = "erasure.key"
KEY_NAME = "VIGIE_ERASURE_KEY"
_TRIES = 20
_GONE = "erased:"  # prefix of the ids of hashes
_STATES = ("live", "deleted", "withheld")


@dataclass(frozen=True)
class Person:
    """An account as everything knows it: ids, handles and names, and what is stored of it."""

    platform: str
    ids: tuple[str, ...]
    handles: tuple[str, ...]
    names: tuple[str, ...]
    posts: tuple[str, ...]
    mentioned: tuple[str, ...]  # posts of others that name it

    @property
    def known(self) -> bool:
        return bool(self.ids or self.posts or self.mentioned)

    @property
    def full(self) -> list[str]:
        """Handles that nobody else can have: with their server, where there are servers."""
        servers = any("@" in handle for handle in self.handles)
        return [handle for handle in self.handles if not servers or "@" in handle]

    def wrote(self, post: Post) -> bool:
        """Whether a post is the account's, in the store or not."""
        handle = (post.author.handle or "").lstrip("@").casefold()
        return (
            post.author.id in self.ids
            or post.id in self.posts
            or handle in {one.casefold() for one in self.full}
        )

    @cached_property
    def hide(self) -> Callable[[str], str]:
        """Hides the account in a text of somebody else."""
        natives = [id.partition(":")[2] for id in self.ids]
        return masking([*self.ids, *natives], self.handles, self.names)


@dataclass
class Forgotten:
    """Hashes of forgotten accounts: what is theirs is not stored again."""

    key: bytes | None
    hashes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, workspace: Workspace) -> Forgotten:
        """Those of a workspace. Raises ConfigError where there are hashes and no key to read them
        with: what is forgotten would come back unnoticed."""
        hashes = {one.id for one in workspace.store.all(Tombstone, prefix=_GONE)}
        key = _key(workspace, make=False) if hashes else None
        if hashes and key is None:
            raise ConfigError(
                "accounts were forgotten here, and the key to know them by is missing",
                where=str(workspace.data / KEY),
                do=f"copy {KEY} from the machine that forgot them, or set {KEY_NAME}",
            )
        return cls(key, hashes)

    def left(self, records: Sequence[Record]) -> list[Record]:
        """Records without those of forgotten accounts."""
        if not self.hashes:
            return list(records)
        return [one for one in records if not self._knows(one)]

    def _knows(self, one: Record) -> bool:
        if isinstance(one, Post):
            return self._one_of(one.platform, one.author.id, one.author.handle)
        if isinstance(one, Account):
            return self._one_of(one.platform, one.id, one.handle)
        return False

    def _one_of(self, platform: str, id: str | None, handle: str | None) -> bool:
        assert self.key is not None
        return any(
            _hash(self.key, platform, told) in self.hashes
            for told in (id, handle and handle.lstrip("@"))
            if told
        )


def find(workspace: Workspace, platform: str, account: str) -> Person:
    """What the store knows of an account, by its handle or its id."""
    store = workspace.store
    wanted = account.lstrip("@").casefold()
    found = [
        one
        for one in store.all(Account, prefix=f"{platform}:")
        if wanted in ((one.handle or "").lstrip("@").casefold(), one.native_id.casefold())
    ]
    ids = {one.id for one in found}
    handles = {one.handle.lstrip("@") for one in found if one.handle}
    names = {one.name for one in found if one.name}
    here = Filters(platforms=(platform,), states=_STATES)
    posts: dict[str, None] = {}
    mentioned: dict[str, None] = {}
    known = {wanted, *(handle.casefold() for handle in handles)}
    called_by = known | {one.partition("@")[0] for one in known}
    columns = ["id", "author_id", "author_handle", "author_name", "mentions", "text"]
    for frame in store.scan(here, columns):
        for id, author, handle, name, called, text in frame.select(columns).iter_rows():
            told = (handle or "").lstrip("@").casefold()
            if (
                author in ids
                or told in known
                or (author or "").casefold() == f"{platform}:{wanted}"
            ):
                posts[id] = None
                ids.update({author} if author else ())
                handles.update({handle.lstrip("@")} if handle else ())
                names.update({name} if name else ())
            elif called_by & {one.lstrip("@").casefold() for one in called or ()} or any(
                f"@{one}" in (text or "").casefold() for one in called_by
            ):
                mentioned[id] = None
    if written := [post for post in store.get(list(posts), Post) if post]:
        posts.update(dict.fromkeys(reposts_of(store, written)))
    for id in posts:
        mentioned.pop(id, None)
    if posts or found or mentioned:
        handles.add(account.lstrip("@"))
    handles |= {handle.partition("@")[0] for handle in handles}  # as their own server writes it
    return Person(
        platform, tuple(sorted(ids)), tuple(sorted(handles)), tuple(sorted(names)), tuple(posts),
        tuple(mentioned),
    )  # fmt: skip


def forget(workspace: Workspace, person: Person) -> Counter[str]:
    """Takes an account out of everything: its posts, figures and profile out of the store, its
    items out of the raw data, its names out of what others wrote; answers what was done. Copies
    that left before (exports, briefings, backups) are for a person to look after: `copies`."""
    store, counted = workspace.store, Counter[str]()
    key = _key(workspace, make=True)
    assert key is not None
    now = workspace.clock.now()
    told = (*person.ids, *person.full)
    marks = {_hash(key, person.platform, one) for one in told}
    store.upsert(
        [Tombstone(id=id, entity_kind="account", reason="erased", noticed_at=now) for id in marks]
    )
    for start in range(0, len(person.posts), 1_000):
        some = person.posts[start : start + 1_000]
        counted["posts"] += store.delete(Filters(ids=some, states=()))
    graves = [
        Tombstone(id=id, entity_kind="account", reason="erased", noticed_at=now)
        for id in person.ids
    ]
    store.upsert(graves)  # takes the figures that hang on the account
    for kind in (Account, Influencer, ShortlistState, Tombstone):
        counted["records"] += store.drop(kind, person.ids)
    counted["records"] -= len(graves)
    counted["masked"] += _mask_posts(store, person) + _mask_trends(store, person)
    knife = Knife(person.wrote)

    def change(answer: Answer) -> list[Answer]:
        return [masked for piece in knife(answer) for masked in mask(piece, person.hide)]

    counted["answers"] += rewrite(workspace, person.platform, _needles(person), change)
    knife.tell(workspace, person.platform)
    counted["quarantined"] += _clear_quarantine(workspace, person)
    return counted


def copies(workspace: Workspace, person: Person) -> list[Path]:
    """Files that were written before and still name the account, as far as they can be read."""
    needles = [name.encode() for name in (*person.handles, *person.ids)]
    found = []
    for folder in ("exports", "briefings", "logs"):
        for path in sorted((workspace.data / folder).rglob("*")):
            if path.is_file() and any(needle in path.read_bytes() for needle in needles):
                found.append(path)
    return found


def _needles(person: Person) -> list[bytes]:
    """Bytes of which one occurs in every landed answer that names the account."""
    told = [*person.handles, *(id.partition(":")[2] for id in person.ids)]
    return [needle(one) for one in told]


def _mask_posts(store: Store, person: Person) -> int:
    """Masks the account's handles in what others wrote; answers in how many posts."""
    masked = 0
    known = {one.casefold() for one in person.handles}
    for id in person.mentioned:
        for _ in range(_TRIES):
            present = store.get([id], Post)[0]
            if present is None:
                break
            mentions = tuple(
                MASK if one.lstrip("@").casefold() in known else one for one in present.mentions
            )
            text = person.hide(present.text) if present.text else present.text
            if store.change(Post, id, present, present.with_valid(mentions=mentions, text=text)):
                masked += 1
                break
    return masked


def _mask_trends(store: Store, person: Person) -> int:
    masked = 0
    for trend in list(store.all(Trend)):
        authors = tuple(one for one in trend.first_authors if one not in person.ids)
        if authors != trend.first_authors:
            after = trend.with_valid(first_authors=authors)
            masked += store.change(Trend, trend.id, trend, after)
    return masked


def _clear_quarantine(workspace: Workspace, person: Person) -> int:
    """Removes answers that could not be mapped and name the account."""
    needles, gone = _needles(person), 0
    for path in sorted((workspace.landing.quarantined / person.platform).glob("*.json")):
        answer = from_line(orjson.dumps(orjson.loads(path.read_bytes())["answer"]))
        if any(needle in answer.body for needle in needles):
            path.unlink()
            gone += 1
    return gone


def _hash(key: bytes, platform: str, told: str) -> str:
    """The id of a forgotten account's mark: of its id or its handle, which only the key tells."""
    text = f"{platform}\n{told.casefold()}".encode()
    return f"{_GONE}{hmac.new(key, text, hashlib.sha256).hexdigest()}"


def _key(workspace: Workspace, *, make: bool) -> bytes | None:
    """The workspace's key, made when there is none yet."""
    if given := workspace.environ.get(KEY_NAME):
        return given.encode()
    path = workspace.data / KEY
    if path.is_file():
        return path.read_bytes()
    if not make:
        return None
    made = secrets.token_hex(32).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    return made
