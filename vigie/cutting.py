"""Cutting items out of a raw body: the object that is the item goes, other people's stay.

No platform's shape is known here. What an object is tells the platform's own `map`: an object is
the item's if without it the body maps to all the other posts and no more to this one. So a cut
cannot take what it should not, and a body from which nothing can be cut so is given up whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson

from vigie.errors import MappingError
from vigie.mapping import map_answer
from vigie.records import Post
from vigie.sources import Answer

Path = tuple[str | int, ...]
_ENTRY = re.compile(rb"<(item|entry)\b.*?</\1\s*>", re.S | re.I)
MASK = "erased"
MOST = 60  # bodies that are tried for one object: in a deep tree there are thousands


def cut(answer: Answer, goes: Callable[[Post], bool]) -> list[Answer]:
    """The answer without these posts, and without others' bare reposts of them: as it was where it
    holds none, several where one body cannot hold what is left, none where nothing is left, or
    where nobody can tell what is."""
    posts = posts_in(answer)
    if posts is None:
        return []
    gone = {id for id, post in posts.items() if goes(post)}
    gone |= {id for id, post in posts.items() if post.repost_of in gone}
    if not gone:
        return [answer]
    pieces = _cleared(answer, posts, gone)
    left = {id for piece in pieces for id in _ids(piece) or ()}
    return pieces if posts.keys() - gone <= left and not left & gone else []


def _cleared(answer: Answer, posts: Mapping[str, Post], gone: Collection[str]) -> list[Answer]:
    """The answer without what is gone, one object after the other."""
    held = _ids(answer) or set()
    here, stay = held & set(gone), held - set(gone)
    if not here:
        return [answer]
    if not stay:
        return []
    natives = [name for id in sorted(here) for name in _names(posts[id])]
    others = [name for id in sorted(stay) for name in _names(posts[id])]
    for body in islice(_bodies(answer.body, natives, others), MOST):
        made = replace(answer, body=body)
        ids = _ids(made)
        if ids is not None and stay <= ids < held:
            return _cleared(made, posts, gone)
    for made in _lessened(answer, natives, others, here):
        if pieces := _cleared(made, posts, gone):
            return pieces
    for pieces in islice(_apart(answer, natives), MOST):
        told = [(piece, _ids(piece) or set()) for piece in pieces]
        union = set().union(*(ids for _, ids in told))
        if stay <= union < held:
            return [part for piece, ids in told if ids for part in _cleared(piece, posts, gone)]
    return []


def _lessened(
    answer: Answer, natives: Sequence[str], others: Sequence[str], here: Collection[str]
) -> Iterator[Answer]:
    """The answer without one of several objects that are the same post, as one that was edited
    meanwhile: all others stay as they were, and of it is told less."""
    before = posts_in(answer) or {}
    for body in islice(_bodies(answer.body, natives, others), MOST):
        made = replace(answer, body=body)
        after = posts_in(made)
        if after is None or after.keys() != before.keys():
            continue
        changed = {id for id, post in after.items() if post != before[id]}
        if changed and changed <= set(here):
            yield made


def _bodies(body: bytes, natives: Sequence[str], others: Sequence[str]) -> Iterator[bytes]:
    """Bodies without one object in which an id of these stands: elements of lists first, the
    smallest first; then those in whose place another's object comes that lay within."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        for entry in _ENTRY.finditer(body):
            yield body[: entry.start()] + body[entry.end() :]
        return
    places = [place for native in natives for place in _places(document, native)]
    paths = [place[:depth] for place in places for depth in range(len(place), 0, -1)]
    paths = list(dict.fromkeys(paths))
    for in_list in (True, False):
        for path in paths:
            if isinstance(path[-1], int) == in_list:
                yield orjson.dumps(_removed(document, path))
    for path in paths:
        if not isinstance(path[-1], int):
            continue
        element = _at(document, path)
        for below in _lists(element):
            yield orjson.dumps(_spliced(document, path, below))
        for other in others:
            for inner in _places(element, other):
                value = _at(element, inner)
                if inner:
                    yield orjson.dumps(_placed(document, path, value))
                for key in element if isinstance(element, dict) else ():
                    yield orjson.dumps(_placed(document, path, {key: value}))


def _apart(answer: Answer, natives: Sequence[str]) -> Iterator[list[Answer]]:
    """The objects below a post, each in its place: answers below a post that is cut out of a
    tree."""
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return
    for place in (place for native in natives for place in _places(document, native)):
        for depth in range(len(place), -1, -1):
            above = _at(document, place[:depth])
            yield [
                replace(answer, body=orjson.dumps(_placed(document, place[:depth], one)))
                for value in (above.values() if isinstance(above, dict) else ())
                if isinstance(value, list)
                for one in value
                if isinstance(one, dict)
            ]


def posts_in(answer: Answer) -> dict[str, Post] | None:
    """The posts that a body maps to, by id; None where it cannot be mapped."""
    try:
        return {post.id: post for post in map_answer(answer).posts}
    except MappingError:
        return None


def _ids(answer: Answer) -> set[str] | None:
    posts = posts_in(answer)
    return None if posts is None else set(posts)


def _names(post: Post) -> list[str]:
    """What may stand for a post in its object: its id, the last part of that, its address."""
    last = re.split(r"[/:_|]", post.native_id)[-1]
    return [name for name in dict.fromkeys((post.native_id, last, post.url)) if name]


def _places(node: Any, id: str, path: Path = ()) -> Iterator[Path]:
    """Where an object stands of which a value is the id."""
    if isinstance(node, dict):
        if any(not isinstance(value, dict | list) and str(value) == id for value in node.values()):
            yield path
        for key, value in node.items():
            yield from _places(value, id, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _places(value, id, (*path, number))


def _lists(node: Any) -> Iterator[list[Any]]:
    """The lists of objects within an object, the nearest first: answers below a comment."""
    level = [node]
    while level:
        deeper: list[Any] = []
        for one in level:
            for value in one.values() if isinstance(one, dict) else ():
                if isinstance(value, list) and value and isinstance(value[0], dict):
                    yield value
                elif isinstance(value, dict):
                    deeper.append(value)
        level = deeper


def _spliced(document: Any, path: Path, elements: list[Any]) -> Any:
    """The document with these in the place of one element of a list."""
    made = deepcopy(document)
    place = path[-1]
    assert isinstance(place, int)
    _at(made, path[:-1])[place : place + 1] = elements
    return made


def _at(node: Any, path: Path) -> Any:
    for step in path:
        node = node[step]
    return node


def _removed(document: Any, path: Path) -> Any:
    made = deepcopy(document)
    del _at(made, path[:-1])[path[-1]]
    return made


def _placed(document: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    made = deepcopy(document)
    _at(made, path[:-1])[path[-1]] = value
    return made


def masking(
    ids: Sequence[str], handles: Sequence[str], names: Sequence[str]
) -> Callable[[str], str]:
    """Hides an account in a text: its ids where they stand as words, its handles behind `@` and in
    addresses, and a text that is nothing but a handle or a name. A handle may be an everyday word:
    alone in a sentence it stays."""
    told = [rf"(?<!\w){re.escape(id)}(?!\w)" for id in ids]
    told += [rf"(?<=[@/]){re.escape(handle)}(?!\w)" for handle in handles]
    pattern = re.compile("|".join(told) or r"(?!)", re.I)
    whole = {text.casefold() for text in (*handles, *names)}

    def hide(text: str) -> str:
        return MASK if text.casefold() in whole else pattern.sub(MASK, text)

    return hide


def mask(answer: Answer, hide: Callable[[str], str]) -> list[Answer]:
    """The answer with what `masking` hides; none where it could not be mapped any more."""
    before = _ids(answer)

    try:
        body = orjson.dumps(_hidden(orjson.loads(answer.body), hide))
    except orjson.JSONDecodeError:
        body = hide(answer.body.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )
    made = replace(
        answer,
        body=body,
        target=hide(answer.target),
        url=hide(answer.url),
        request_url=hide(answer.request_url),
        headers={name: hide(value) for name, value in answer.headers.items()},
        meta=_hidden(dict(answer.meta), hide),
    )
    return [made] if _ids(made) == before else []


def _hidden(node: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(node, str):
        return hide(node)
    if isinstance(node, dict):
        return {hide(key): _hidden(value, hide) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_hidden(value, hide) for value in node]
    if isinstance(node, int) and not isinstance(node, bool):
        hidden = hide(str(node))
        return node if hidden == str(node) else hidden
    return node
