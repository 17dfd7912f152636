"""Small platforms that answer crawlers' calls from lists of posts, page by page, and what reads
them as the framework does."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from vigie.sources import Answer, Crawler, Target

START = datetime(2026, 2, 1, tzinfo=UTC)
HOST = "http://platform.example"
Reply = tuple[int, Any, dict[str, str]]  # status, body, headers


def at(minute: int) -> str:
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


@dataclass
class Platform:
    """Posts by number, each a minute younger than the one before; some are answered or gone."""

    size: int = 5
    posts: list[int] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    answers: dict[int, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def page(self, below: int | None) -> list[int]:
        shown = [n for n in reversed(self.posts) if n not in self.gone]
        return [n for n in shown if below is None or n < below][: self.size]

    def serve(self, url: str) -> Reply:
        self.asked.append(url)
        split = urlsplit(url)
        asked = {key: value[-1] for key, value in parse_qs(split.query).items()}
        return self.reply(unquote(split.path), asked, url)

    def reply(self, path: str, asked: dict[str, str], url: str) -> Reply:
        raise NotImplementedError


MAUD = {
    "id": "2", "acct": "maud@ailleurs.example", "username": "maud", "display_name": "Maud",
    "url": "https://ailleurs.example/@maud", "uri": "https://ailleurs.example/users/maud",
    "followers_count": 3, "following_count": 1, "statuses_count": 9,
    "created_at": "2023-01-01T00:00:00Z",
}  # fmt: skip


class MastodonServer(Platform):
    answers_for_many = True  # as from 4.3 on
    account: Mapping[str, Any] = {
        "id": "1", "acct": "brindille", "username": "brindille", "display_name": "Brindille",
        "url": "https://toile.example/@brindille", "uri": "https://toile.example/users/brindille",
        "followers_count": 3, "following_count": 1, "statuses_count": 9,
        "created_at": "2023-01-01T00:00:00Z",
    }  # fmt: skip

    def status(self, number: int, **more: Any) -> dict[str, Any]:
        return {
            "id": str(number), "uri": f"{self.account['uri']}/statuses/{number}",
            "created_at": at(number), "content": f"<p>post {number}</p>", "account": self.account,
            "replies_count": self.answers.get(number, 0), "favourites_count": 0,
            "reblogs_count": 0, "tags": [], "visibility": "public", "in_reply_to_id": None, **more,
        }  # fmt: skip

    def reply(self, path: str, asked: dict[str, str], url: str) -> Reply:
        if path.endswith("/lookup"):
            return 200, self.account, {}
        if path.endswith("/context"):
            number = int(path.split("/")[-2])
            below = [
                self.status(10_000 + number * 10 + n, in_reply_to_id=str(number), account=MAUD)
                for n in range(self.answers[number])
            ]
            return 200, {"ancestors": [], "descendants": below}, {}
        if "/statuses/" in path:
            number = int(path.rsplit("/", 1)[1])
            if number in self.gone or number not in self.posts:
                return 404, {"error": "Record not found"}, {}
            return 200, self.status(number), {}
        if path.endswith("/statuses") and (ids := parse_qs(urlsplit(url).query).get("id[]")):
            if not self.answers_for_many:
                return 404, {"error": "Record not found"}, {}
            shown = [n for n in map(int, ids) if n in self.posts and n not in self.gone]
            return 200, [self.status(n) for n in shown], {}
        page = self.page(int(asked["max_id"]) if "max_id" in asked else None)
        more = page and self.page(page[-1])
        link = f'<{HOST}{path}?limit=40&max_id={page[-1]}>; rel="next"' if more else ""
        return 200, [self.status(n) for n in page], {"link": link} if link else {"link": ""}


class BlueskyServer(Platform):
    did = "did:plc:aaaabrindille0000000000000"

    def uri(self, number: int) -> str:
        return f"at://{self.did}/app.bsky.feed.post/{number}"

    def post(self, number: int, **record: Any) -> dict[str, Any]:
        author = {"did": self.did, "handle": "brindille.example"}
        if "reply" in record:
            author = {"did": "did:plc:aaaamaud000000000000000000", "handle": "maud.example"}
        return {
            "uri": self.uri(number), "cid": "c", "indexedAt": at(number), "labels": [],
            "author": author,
            "record": {"text": f"post {number}", "createdAt": at(number), **record},
            "replyCount": self.answers.get(number, 0), "likeCount": 0, "repostCount": 0,
            "quoteCount": 0,
        }  # fmt: skip

    def reply(self, path: str, asked: dict[str, str], url: str) -> Reply:
        method = path.rsplit(".", 1)[1]
        if method == "getProfile":
            return 200, {"did": self.did, "handle": "brindille.example", "followersCount": 3}, {}
        if method == "getProfiles":
            actors = parse_qs(urlsplit(url).query)["actors"]
            profiles = [{"did": did, "handle": "x.example", "followersCount": 7} for did in actors]
            return 200, {"profiles": profiles}, {}
        if method == "getPosts":
            uris = parse_qs(urlsplit(url).query)["uris"]
            shown = [n for n in self.posts if self.uri(n) in uris and n not in self.gone]
            return 200, {"posts": [self.post(n) for n in shown]}, {}
        if method == "getPostThread":
            number = int(asked["uri"].rsplit("/", 1)[1])
            ref = {"uri": self.uri(number)}
            below = [
                {"post": self.post(10_000 + number * 10 + n, reply={"root": ref, "parent": ref})}
                for n in range(self.answers[number])
            ]
            return 200, {"thread": {"post": self.post(number), "replies": below}}, {}
        below_at = int(asked["cursor"]) if "cursor" in asked else None
        if "until" in asked:
            since = datetime.fromisoformat(asked["until"]) - START
            below_at = int(since.total_seconds() // 60)
        page = self.page(below_at)
        items = [self.post(n) for n in page]
        body = (
            {"posts": items} if method == "searchPosts" else {"feed": [{"post": i} for i in items]}
        )
        if page and self.page(page[-1]):
            body["cursor"] = str(page[-1])  # type: ignore[assignment]
        return 200, body, {}


class HackerNewsServer(Platform):
    def __init__(self) -> None:
        super().__init__(size=200)

    def hit(self, number: int) -> dict[str, Any]:
        seconds = int((START + timedelta(minutes=number)).timestamp())
        return {"objectID": str(number), "author": "ned_p", "created_at_i": seconds,
                "title": f"post {number}", "num_comments": self.answers.get(number)}  # fmt: skip

    def reply(self, path: str, asked: dict[str, str], url: str) -> Reply:
        if path.startswith("/v0/item/"):
            number = int(path.removeprefix("/v0/item/").removesuffix(".json"))
            if number in self.gone:
                return 200, {"id": number, "deleted": True, "type": "story"}, {}
            kids = [10_000 + number * 10 + n for n in range(self.answers.get(number, 0))]
            item = {"id": number, "by": "ned_p", "time": 1770000000, "type": "story", "kids": kids}
            if number >= 10_000:
                item |= {"type": "comment", "parent": (number - 10_000) // 10}
            return 200, item, {}
        if path.startswith("/v0/user/"):
            return 200, {"id": "ned_p", "karma": 3, "created": 1600000000}, {}
        below = None
        if bound := asked.get("numericFilters"):
            since = datetime.fromtimestamp(int(bound.removeprefix("created_at_i<")), UTC) - START
            below = int(since.total_seconds() // 60) + 1
        return 200, {"hits": [self.hit(n) for n in self.page(below)]}, {}


def visit(
    crawler: Crawler,
    target: Target,
    cursor: Mapping[str, Any],
    serve: Callable[[str], Reply],
    now: datetime,
    *,
    pages: int = 50,
    stop_after: int | None = None,
) -> tuple[dict[str, Any], list[Answer]]:
    """Reads a target as the framework does: calls in order, to a depth of `pages`; killed after
    `stop_after` answers. Returns the cursor and what was landed."""
    begun, moved, landed = dict(cursor), dict(cursor), []
    calls = deque((call, 1) for call in crawler.start(target, begun))
    while calls and (stop_after is None or len(landed) < stop_after):
        call, depth = calls.popleft()
        status, body, headers = serve(call.url)
        answer = Answer(
            platform=target.platform, endpoint=call.endpoint, target=target.key, url=call.url,
            request_url=call.url, method=call.method, status=status, headers=headers,
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
            collected_at=now, run_id="test", brand=target.brand, topic=target.topic,
            meta=json.loads(json.dumps(dict(call.meta))),
        )  # fmt: skip
        landed.append(answer)
        if status < 300:
            moved = dict(crawler.advance(answer, moved))
        if depth < pages:
            calls.extend((after, depth + 1) for after in crawler.next(answer, target, begun))
    return json.loads(json.dumps(moved)), landed


def read_ids(crawler: Crawler, answers: list[Answer]) -> set[str]:
    """The ids of the posts in these answers."""
    return {post.native_id for answer in answers for post in crawler.map(answer).posts}
