"""What Meta's sites share: versions, fields, errors with codes, pages with cursors, usage headers.

`paging.next` holds the caller's token, as it does there: nobody may use or keep it.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from vigie.demo.grammar import fold
from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town

LIMIT, MOST = 25, 100
DAY_MS = 86_400_000
OLDEST = 22  # versions before it are switched off
NEWEST = 27
_VERSION = re.compile(r"/v(\d+)\.(\d+)(/.*)?$")
_FIELD = re.compile(r"[,\s]*([\w]+)((?:\.\w+\([^)]*\))*)")
_STEP = re.compile(r"\.(\w+)\(([^)]*)\)")
TAG = re.compile(r"#(\w*[^\W\d_]\w*)")

Fields = dict[str, tuple[dict[str, str], "Fields"]]  # name → its modifiers, and fields within


class Refused(Exception):
    """An error of the platform's."""

    def __init__(self, code: int, message: str, subcode: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.subcode, self.status = code, message, subcode, status

    def reply(self, **headers: str) -> Reply:
        error: dict[str, Any] = {
            "message": self.message,
            "type": "OAuthException",
            "code": self.code,
        }
        if self.subcode:
            error["error_subcode"] = self.subcode
        error["fbtrace_id"] = f"A{zlib.crc32(self.message.encode()):08x}"
        return Reply.json(self.status, {"error": error}, **headers)


def missing(id: str) -> Refused:
    """An object that does not exist, or may not be seen: the platform does not tell which."""
    return Refused(
        100,
        f"Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation",
        33,
    )


class Graph:
    """One site; what each says is in `route`."""

    needs_token = True
    renamed = ("id", "node_id")
    name = ""
    oldest, newest = OLDEST, NEWEST

    def __init__(self, town: Town) -> None:
        self._town = town
        self._size = (-1, -1)
        self._look()

    def _look(self) -> None:
        """Reads the town, again where it has grown: a test's does."""
        accounts = self._town.accounts
        if len(accounts) != self._size[0]:
            self.accounts = [one for one in accounts if one.site == self.name]
            self._by_id = {one.native: one for one in self.accounts}
            self._by_handle = {one.handle.lower(): one for one in self.accounts}
        size = (len(accounts), sum(len(one.posts) for one in self.accounts))
        if size != self._size:
            self._size = size
            self.load(self._town.of(self.name))

    def load(self, posts: Sequence[Post]) -> None:
        """Takes the site's posts."""
        self.begin = posts[0].at if posts else 0

    @staticmethod
    def native(at: int, serial: int) -> str:
        """A number that rises with time, longer than a float can hold."""
        return str(10_000_000_000_000_000 + at * 1_000 + serial % 1_000)

    def token_of(self, ask: Ask) -> str:
        return ask.bearer() or ask.one("access_token")

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        told = {
            "missing": Refused(
                104, "An access token is required to request this resource.", 0, 400
            ),
            "lapsed": Refused(190, "Error validating access token: Session has expired.", 463, 401),
            "revoked": Refused(
                190,
                "Error validating access token: The user has not authorized application.",
                458,
                401,
            ),
            "unapproved": Refused(
                10, "(#10) Application does not have permission for this action", 0, 403
            ),
        }
        return told[why].reply()

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        minutes = round(wait_s / 60, 6) if wait_s < 60 else -(-wait_s // 60)
        usage = {"call_count": 100, "total_cputime": 25, "total_time": 25, "type": self.name}
        business = {"1": [{**usage, "estimated_time_to_regain_access": minutes}]}
        headers = {"x-business-use-case-usage": orjson.dumps(business).decode()}
        return Refused(4, "(#4) Application request limit reached", 0, 403).reply(**headers)

    def failed(self, ask: Ask) -> Reply:
        return Refused(1, "An unknown error occurred", 99, 200).reply()

    def outdated(self, ask: Ask) -> Reply:
        """The version that is asked for is not served any more."""
        return Refused(
            2635, "(#2635) You are calling a deprecated version of the API. Please update it."
        ).reply()

    def answer(self, ask: Ask) -> Reply:
        self._look()
        try:
            found = _VERSION.match(ask.path)
            if not found or int(found[1]) > self.newest:
                raise Refused(2500, f"Unknown path components: {ask.path}")
            if int(found[1]) < self.oldest:
                return self.outdated(ask)
            body = self.route((found[3] or "/").strip("/"), ask)
        except Refused as refused:
            return refused.reply()
        used = max(0, 100 - ask.left // 10)
        usage = {"call_count": used, "total_cputime": 1, "total_time": 1}
        return Reply.json(200, body, **{"x-app-usage": orjson.dumps(usage).decode()})

    def route(self, path: str, ask: Ask) -> Any:
        """The body at a path below the version. Raises Refused."""
        raise NotImplementedError

    def account(self, key: str) -> Account:
        """An account that may be seen, by id or name. Raises Refused."""
        found = self._by_id.get(key) or self._by_handle.get(key.lower())
        if found is None or found.private:
            raise missing(key)
        return found

    @property
    def own(self) -> Account:
        """Whose token it is: the first brand's."""
        brands = [one for one in self.accounts if one.kind == "brand"]
        found = next(iter([*brands, *self.accounts]), None)
        if found is None:
            raise missing("me")
        return found

    def followers(self, account: Account, now: int) -> int:
        """Followers at a time; the story begins with the site's first post."""
        return account.followers_on(max(0.0, (now - self.begin) / DAY_MS) if self.begin else 0.0)


def page(
    ask: Ask,
    posts: Sequence[Post],
    show: Callable[[Post], Mapping[str, Any]],
    *,
    after: str | None = None,
    limit: int | None = None,
    between: bool = True,
) -> dict[str, Any]:
    """A page of posts, which come newest first: `data` and, where there are some, `paging`."""
    step = ask.one("after") if after is None else after
    if step:
        key = _key_of(step)
        posts = [post for post in posts if key_of(post) < key]
    if between:
        since, until = (ask.one(name) for name in ("since", "until"))
        posts = [
            post
            for post in posts
            if (not since or post.at >= int(since) * 1_000)
            and (not until or post.at <= int(until) * 1_000)
        ]
    size = limit if limit is not None else ask.number("limit", LIMIT, MOST)
    shown = posts[:size]
    body: dict[str, Any] = {"data": [show(post) for post in shown]}
    if shown:
        cursors = {"before": _cursor(shown[0]), "after": _cursor(shown[-1])}
        body["paging"] = {"cursors": cursors}
        if len(posts) > size:
            body["paging"]["next"] = onward(ask, cursors["after"])
    return body


def onward(ask: Ask, after: str) -> str:
    """The address of the next page, with the caller's token."""
    kept = {name: values[0] for name, values in ask.query.items() if name != "after"}
    asked = {"access_token": ask.bearer() or "TOKEN", "pretty": "0", **kept, "after": after}
    return f"{ask.url}?{urlencode(asked)}"


def key_of(post: Post) -> tuple[int, str]:
    return post.at, post.native


def newest(posts: Sequence[Post], now: int) -> list[Post]:
    """Visible posts, newest first."""
    return sorted((post for post in posts if post.visible(now)), key=key_of, reverse=True)


def _cursor(post: Post) -> str:
    return base64.urlsafe_b64encode(f"{post.at}:{post.native}".encode()).decode().rstrip("=")


def _key_of(cursor: str) -> tuple[int, str]:
    try:
        at, _, native = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            .decode("ascii")
            .partition(":")
        )
        return int(at), native
    except ValueError as error:
        raise Refused(100, "(#100) Invalid parameter: after") from error


def fields_of(text: str) -> Fields:
    """What `fields` asks for: names with modifiers (`.limit(3)`) and fields within braces."""
    found, rest = _fields(text)
    if rest:
        raise Refused(2500, f'Syntax error "Expected end of string" at {rest[:20]}')
    return found


def _fields(text: str) -> tuple[Fields, str]:
    found: Fields = {}
    while text and text[0] != "}":
        match = _FIELD.match(text)
        if not match:
            raise Refused(2500, f"Syntax error at {text[:20]}")
        text = text[match.end() :]
        inner: Fields = {}
        if text[:1] == "{":
            inner, text = _fields(text[1:])
            if text[:1] != "}":
                raise Refused(2500, 'Syntax error "Expected }"')
            text = text[1:]
        found[match[1]] = (dict(_STEP.findall(match[2])), inner)
    return found, text


def chosen(
    whole: Mapping[str, Callable[[], Any]], asked: Fields, default: str, node: str
) -> dict[str, Any]:
    """The fields of an object that were asked for; those without a value are left out.

    Raises Refused for a field that there is not."""
    shown = {"id": whole["id"]()}
    for name in asked or fields_of(default):
        if name not in whole:
            raise Refused(
                100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})"
            )
        value = whole[name]()
        if value is not None:
            shown[name] = value
    return shown


def stamped(ms: int) -> str:
    """A time as Meta writes it."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def tags_of(post: Post, now: int) -> set[str]:
    """A post's hashtags without case and accents."""
    return {fold(tag) for tag in (*post.tags, *TAG.findall(post.text_at(now)))}


def below(post: Post, now: int) -> Iterator[Post]:
    """Visible answers under a post, at every depth."""
    for reply in post.replies:
        if reply.visible(now):
            yield reply
            yield from below(reply, now)


def figures(
    ask: Ask, id: str, known: Mapping[str, Callable[[], float]], period: str = "lifetime"
) -> dict[str, Any]:
    """Insights of the whole life of an object. Raises Refused for a metric that there is not."""
    names = [name for name in ask.one("metric").split(",") if name]
    for name in names:
        if name not in known:
            raise Refused(100, "(#100) The value must be a valid insights metric")
    if not names:
        raise Refused(3001, "Invalid query", 1504028)
    return {
        "data": [
            {
                "name": name,
                "period": period,
                "values": [{"value": known[name]()}],
                "title": name.replace("_", " ").capitalize(),
                "description": f"{name.replace('_', ' ').capitalize()}, in all",
                "id": f"{id}/insights/{name}/{period}",
            }
            for name in names
        ]
    }
