"""Facebook pages behind the Graph API: pages, posts, comments, many objects by their ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites import graph
from vigie.demo.sites.graph import (
    Fields,
    Graph,
    Refused,
    chosen,
    fields_of,
    missing,
    newest,
    stamped,
)
from vigie.demo.sites.reply import Ask

MANY = 50
SITE = "https://www.facebook.com"
_LISTS = ("published_posts", "posts", "feed")


class FacebookSite(Graph):
    """A post's id is PAGE_POST, a comment's POST_COMMENT. One object that cannot be seen makes a
    call for many fail, as it does there."""

    name = "facebook"

    def load(self, posts: Sequence[Post]) -> None:
        super().load(posts)
        self._posts = {_id(post): post for post in posts}

    @staticmethod
    def native(at: int, serial: int) -> str:
        return str(10_158_000_000_000_000 + at % 1_000_000_000_000 + serial)

    def route(self, path: str, ask: Ask) -> Any:
        asked = fields_of(ask.one("fields"))
        if not path:
            ids = [id for id in ask.one("ids").split(",") if id]
            if not ids or len(ids) > MANY:
                raise Refused(100, f"(#100) Too many IDs. Maximum: {MANY}. Provided: {len(ids)}")
            return {id: self._one(id, asked, ask) for id in dict.fromkeys(ids)}
        head, _, edge = path.partition("/")
        if not edge:
            return self._one(head, asked, ask)
        if edge in _LISTS:
            account = self.account(head)
            posts = newest([post for post in account.posts if post.parent is None], ask.now)
            return graph.page(ask, posts, lambda post: self._post(post, asked, ask))
        post = self._seen(head, ask.now)
        if edge == "comments":
            return self._comments(post, asked, ask)
        if edge == "insights":
            views, replies = post.views_at(ask.now), post.counts(ask.now)[4]
            return graph.figures(ask, head, {
                "post_media_view": lambda: views,
                "post_total_media_view_unique": lambda: round(views * 0.7),
                "post_clicks": lambda: views // 40 + replies,
            })  # fmt: skip
        raise missing(path)

    def _seen(self, id: str, now: int) -> Post:
        post = self._posts.get(id)
        if post is None or not post.visible(now) or post.account.private:
            raise missing(id)
        return post

    def _one(self, id: str, asked: Fields, ask: Ask) -> dict[str, Any]:
        if "_" in id:
            post = self._seen(id, ask.now)
            if post.parent is None:
                return self._post(post, asked, ask)
            return self._comment(post, asked, ask)
        return self._page(self.account(id), asked, ask)

    def _page(self, account: Account, asked: Fields, ask: Ask) -> dict[str, Any]:
        followers = self.followers(account, ask.now)
        week = [post for post in account.posts if 0 <= ask.now - post.at < 7 * graph.DAY_MS]
        whole: dict[str, Callable[[], Any]] = {
            "id": lambda: account.native,
            "name": lambda: account.name,
            "username": lambda: account.handle,
            "link": lambda: f"{SITE}/{account.handle}",
            "about": lambda: account.bio or None,
            "category": lambda: "Brand" if account.kind == "brand" else "Blog",
            "fan_count": lambda: followers - followers // 50,
            "followers_count": lambda: followers,
            "talking_about_count": lambda: sum(sum(post.counts(ask.now)) for post in week),
            "verification_status": lambda: (
                "blue_verified" if account.kind == "brand" else "not_verified"
            ),
        }
        return chosen(whole, asked, "name", "Page")

    def _post(self, post: Post, asked: Fields, ask: Ask) -> dict[str, Any]:
        now = ask.now
        likes, shares, _, _, _ = post.counts(now)
        page, id = post.account, _id(post)
        edited = post.edited_at(now)
        whole: dict[str, Callable[[], Any]] = {
            "id": lambda: id,
            "message": lambda: post.text_at(now) or None,
            "story": lambda: None,
            "created_time": lambda: stamped(post.at),
            "updated_time": lambda: stamped(edited or post.at),
            "permalink_url": lambda: f"{SITE}/{page.native}/posts/{post.native}",
            "shares": lambda: {"count": shares} if shares else None,
            "reactions": lambda: _counted(
                likes, asked.get("reactions"), {"viewer_reaction": "NONE"}
            ),
            "comments": lambda: _counted(
                sum(1 for _ in graph.below(post, now)),
                asked.get("comments"),
                {"order": "chronological", "can_comment": True},
            ),
            "from": lambda: {"name": page.name, "id": page.native},
            "status_type": lambda: "added_photos" if post.media else "mobile_status_update",
            "message_tags": lambda: None,
            "attachments": lambda: _attached(post),
        }
        return chosen(whole, asked, "created_time,message", "PagePost")

    def _comments(self, post: Post, asked: Fields, ask: Ask) -> dict[str, Any]:
        under = graph.below(post, ask.now) if ask.one("filter") == "stream" else post.replies
        posts = newest(list(under), ask.now)
        body = graph.page(ask, posts, lambda one: self._comment(one, asked, ask))
        if ask.one("summary") in ("true", "1"):
            body["summary"] = {"order": "chronological", "total_count": len(posts)}
        return body

    def _comment(self, comment: Post, asked: Fields, ask: Ask) -> dict[str, Any]:
        above, root = comment.parent, _root(comment)
        part = f"comment_id={comment.native}"
        if above is not None and above is not root:
            part = f"comment_id={above.native}&reply_{part}"
        parent = {"id": _id(above)} if above is not None and above is not root else None
        whole: dict[str, Callable[[], Any]] = {
            "id": lambda: _id(comment),
            "message": lambda: comment.text_at(ask.now),
            "created_time": lambda: stamped(comment.at),
            "like_count": lambda: comment.counts(ask.now)[0],
            "comment_count": lambda: comment.counts(ask.now)[4],
            # Only pages are named: who else comments is told to the page's own token alone.
            "from": lambda: (
                {"name": comment.account.name, "id": comment.account.native}
                if comment.account.kind == "brand"
                else None
            ),
            "parent": lambda: parent,
            "permalink_url": lambda: f"{SITE}/{root.account.native}/posts/{root.native}/?{part}",
        }
        return chosen(whole, asked, "created_time,message", "Comment")


def _root(post: Post) -> Post:
    while post.parent is not None:
        post = post.parent
    return post


def _id(post: Post) -> str:
    return f"{post.account.native if post.parent is None else _root(post).native}_{post.native}"


def _counted(
    total: int, asked: tuple[dict[str, str], Fields] | None, more: dict[str, Any]
) -> dict[str, Any]:
    """An edge of which only the number was asked for."""
    body: dict[str, Any] = {"data": []}
    if asked and asked[0].get("summary") in ("true", "1"):
        body["summary"] = {"total_count": total, **more}
    return body


def _attached(post: Post) -> dict[str, Any] | None:
    if post.media is None:
        if post.link is None:
            return None
        address, title = post.link
        return {"data": [{"media_type": "link", "type": "share", "title": title,
                          "unshimmed_url": address, "target": {"url": address}}]}  # fmt: skip
    video = post.media.kind == "video"
    url = f"{SITE}/{post.account.handle}/{'videos' if video else 'photos'}/{post.native}/"
    return {
        "data": [
            {
                "media_type": "video" if video else "photo",
                "type": "video_inline" if video else "photo",
                "title": post.media.alt,
                "unshimmed_url": url,
                "target": {"id": post.native, "url": url},
            }
        ]
    }
