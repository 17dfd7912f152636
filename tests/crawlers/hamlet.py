"""A handful of people at one platform, moved by a test: what a site of the demo's world shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from vigie.demo import sites
from vigie.demo.people import Account
from vigie.demo.posts import Post

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)


@dataclass
class Hamlet:
    """Posts are published a minute after each other, from `begin` on, unless `at` says when."""

    site: str
    begin: datetime = NOON
    accounts: list[Account] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)

    def of(self, site: str) -> list[Post]:
        assert site == self.site
        return sorted(self.posts, key=lambda post: post.at)

    def account(self, handle: str, *, native: str | None = None, **more: Any) -> Account:
        number = len(self.accounts) + 1
        member = getattr(sites.kind(self.site), "member", lambda n: str(7_000_000_000 + n))
        given: dict[str, Any] = {
            "site": self.site, "handle": handle, "name": handle.capitalize(),
            "native": native or member(number), "bio": f"{handle}, invented",
            "lang": "fr", "created": 900, "followers": 1_200, "growth": 0.0, "following": 80,
            "written": 0, **more,
        }  # fmt: skip
        made = Account(**given)
        self.accounts.append(made)
        return made

    def publish(
        self, account: Account, text: str, *, at: datetime | None = None, **more: Any
    ) -> Post:
        time = at or self.begin + timedelta(minutes=len(self.posts))
        post = Post(
            site=self.site, account=account, at=ms(time), set_at=ms(time), day=0, text=text,
            lang=more.pop("lang", "fr"), **{"likes": 12, "shares": 3, "views": 400, **more},
        )  # fmt: skip
        site = sites.kind(self.site)
        post.native = site.native(post.at, len(self.posts) + 1)
        post.uri = site.uri(account, post.native) if hasattr(site, "uri") else post.native
        self.posts.append(post)
        account.posts.append(post)
        if post.parent is not None:
            post.parent.replies.append(post)
        return post

    def edit(self, post: Post, text: str, at: datetime) -> None:
        post.edits = (*post.edits, (ms(at), text))

    def delete(self, post: Post, at: datetime) -> None:
        post.deleted = ms(at)
