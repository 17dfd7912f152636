"""The views of the AT Protocol as records: posts, reposts, threads, profiles and bare records.

Views nest freely, so they are found by their shape wherever they stand in a body; a post or profile
that occurs twice in a body is read once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, faceted, hashtags, links, mentions, once
from vigie.records import Account, Author, Counts, Media, Post, Source, State, Tombstone
from vigie.sources import Answer, Mapped

_PROFILE = keys(
    "did handle displayName pronouns description website avatar banner followersCount "
    "followsCount postsCount associated joinedViaStarterPack indexedAt createdAt viewer labels "
    "pinnedPost verification status debug"
)
_POST = keys(
    "uri cid author record embed bookmarkCount replyCount repostCount likeCount quoteCount "
    "indexedAt viewer labels threadgate debug $type"
)
_COUNTS = keys("replyCount repostCount likeCount quoteCount")
_POST_NEEDED = keys("uri author record indexedAt") | _COUNTS
_RECORD = keys("text entities facets reply embed langs labels tags createdAt $type via")
_RECORD_NEEDED = keys("text createdAt")
_PROFILE_NEEDED = keys("did handle")
_SENSITIVE = keys("porn sexual nudity graphic-media gore !warn")


class Sky:
    """Records of one body, gathered in `mapped`."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Finds every view in a body."""
        if not isinstance(body, dict):
            raise TypeError("expected an object")
        for item in body.get("feed", ()):
            self._item(item)
        for post in body.get("posts", ()):
            self.post(post)
        if "thread" in body:
            self._thread(body["thread"])
        for record in body.get("records", ()):
            self._bare(record)
        if "value" in body and "uri" in body:
            self._bare(body)
        for key in ("profiles", "actors", "followers", "follows", "repostedBy"):
            for profile in body.get(key, ()):
                self.account(profile)
        for like in body.get("likes", ()):
            self.account(like["actor"])
        if "subject" in body:
            self.account(body["subject"])
        if "did" in body and "handle" in body and "didDoc" not in body:
            self.account(body)

    def _item(self, item: dict[str, Any]) -> None:
        self.post(item["post"])
        reply = item.get("reply", {})
        for name in ("parent", "root"):
            self._post_or_gone(reply.get(name, {}))
        reason = item.get("reason", {})
        if "by" in reason:
            self._repost(item["post"], reason)

    def _thread(self, node: dict[str, Any]) -> None:
        waiting = [node]  # threads are as deep as people like: no recursion
        while waiting:
            node = waiting.pop()
            self._post_or_gone(node.get("post", node))
            waiting += node.get("replies", ())
            if "parent" in node:
                waiting.append(node["parent"])

    def _post_or_gone(self, view: dict[str, Any]) -> None:
        if "record" in view:
            self.post(view)
        elif view.get("notFound"):
            id = f"bluesky:{view['uri']}"
            self.mapped.tombstones.append(Tombstone(id=id, entity_kind="post", noticed_at=self._at))

    def _new(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def account(self, view: dict[str, Any]) -> Author:
        """The author part of a profile view; its account is gathered."""
        did, handle = view["did"], view["handle"]
        verification = view.get("verification")
        verified = verification.get("verifiedStatus") == "valid" if verification else None
        name, followers = text_or_none(view.get("displayName")), view.get("followersCount")
        if self._new(did):
            drift(self.mapped, f"{self._endpoint}.profile", view, _PROFILE, _PROFILE_NEEDED)
            account = Account(
                id=f"bluesky:{did}",
                platform="bluesky",
                native_id=did,
                handle=handle,
                name=name,
                url=f"https://bsky.app/profile/{did if handle == 'handle.invalid' else handle}",
                bio=text_or_none(view.get("description")),
                verified=verified,
                created_at=moment(view.get("createdAt")),
                followers=followers,
                following=view.get("followsCount"),
                posts=view.get("postsCount"),
                first_seen_at=self._at,
                collected_at=self._at,
                source=self._source,
            )
            self.mapped.accounts.append(account)
            self.mapped.samples.extend(account_samples(account))
        return Author(
            id=f"bluesky:{did}", handle=handle, name=name, followers=followers, verified=verified
        )

    def post(self, view: dict[str, Any]) -> None:
        """Gathers a post view."""
        uri, record = view["uri"], view["record"]
        if not self._new(uri):
            return
        drift(self.mapped, f"{self._endpoint}.post", view, _POST, _POST_NEEDED)
        author = self.account(view["author"])
        handle = author.handle if author.handle != "handle.invalid" else view["author"]["did"]
        labels = {label.get("val") for label in view.get("labels", ())}
        self._gather(
            uri,
            record,
            indexed=moment(view.get("indexedAt")),
            author=author,
            url=f"https://bsky.app/profile/{handle}/post/{uri.rsplit('/', 1)[-1]}",
            embed=view.get("embed"),
            metrics=Counts(
                likes=view.get("likeCount"),
                shares=view.get("repostCount"),
                replies=view.get("replyCount"),
                quotes=view.get("quoteCount"),
                saves=view.get("bookmarkCount"),
            ),
            state="withheld" if "!takedown" in labels else "live",
            sensitive=bool(labels & _SENSITIVE) if "labels" in view else None,
        )

    def _bare(self, entry: dict[str, Any]) -> None:
        """A record as its repository gives it: no counts, no author but the repository's owner."""
        uri, record = entry["uri"], entry["value"]
        if "/app.bsky.feed.post/" in uri and self._new(uri):
            did = uri.split("/")[2]
            self._gather(uri, record, None, Author(id=f"bluesky:{did}"), None, record.get("embed"))

    def _gather(
        self,
        uri: str,
        record: dict[str, Any],
        indexed: datetime | None,
        author: Author,
        url: str | None,
        embed: dict[str, Any] | None,
        metrics: Counts = Counts(),  # noqa: B008
        state: State = "live",
        sensitive: bool | None = None,
    ) -> None:
        drift(self.mapped, f"{self._endpoint}.record", record, _RECORD, _RECORD_NEEDED)
        created, latest = moment(record.get("createdAt")), indexed or self._at
        text = record.get("text") or ""
        facets = record.get("facets")
        if facets:
            tags, names, addresses = faceted(text, facets)
            tags += record.get("tags", ())
        else:
            tags = [*hashtags(text), *record.get("tags", ())]
            names, addresses = list(mentions(text)), list(links(text))
        media, quoted = _embedded(embed, addresses)
        reply = record.get("reply")
        self.mapped.posts.append(
            Post(
                id=f"bluesky:{uri}",
                platform="bluesky",
                native_id=uri,
                kind=_kind(reply, quoted, media),
                url=url,
                author=author,
                text=text,
                lang=next(iter(record.get("langs") or ()), None),
                published_at=min(created, latest) if created else latest,
                first_seen_at=self._at,
                collected_at=self._at,
                parent_id=f"bluesky:{reply['parent']['uri']}" if reply else None,
                root_id=f"bluesky:{reply['root']['uri']}" if reply else None,
                quote_of=f"bluesky:{quoted}" if quoted else None,
                hashtags=once(tags),
                mentions=once(names),
                links=once(addresses),
                emojis=emojis(text),
                media=tuple(media),
                metrics=metrics,
                state=state,
                sensitive=sensitive,
                source=self._source,
            )
        )

    def _repost(self, view: dict[str, Any], reason: dict[str, Any]) -> None:
        author = self.account(reason["by"])
        native = reason.get("uri") or f"{reason['by']['did']}/repost/{view['uri']}"
        if self._new(native):
            self.mapped.posts.append(
                Post(
                    id=f"bluesky:{native}",
                    platform="bluesky",
                    native_id=native,
                    kind="repost",
                    author=author,
                    published_at=moment(reason.get("indexedAt")) or self._at,
                    first_seen_at=self._at,
                    collected_at=self._at,
                    repost_of=f"bluesky:{view['uri']}",
                    source=self._source,
                )
            )


def _kind(reply: object, quoted: object, media: list[Media]) -> Any:
    if reply:
        return "reply"
    if quoted:
        return "quote"
    return "video" if any(item.kind == "video" for item in media) else "post"


def _embedded(embed: dict[str, Any] | None, links: list[str]) -> tuple[list[Media], str | None]:
    """Media and quoted post of an embed, be it a view or the record's own; links are added to."""
    if not embed:
        return [], None
    quoted = None
    if "record" in embed:
        inner = embed["record"]
        uri = (inner.get("record") or inner).get("uri", "")
        quoted = uri if "/app.bsky.feed.post/" in uri else None
    part = embed.get("media", embed)
    media = [_picture(item) for item in (*part.get("images", ()), *part.get("items", ()))]
    if "playlist" in part or "video" in part:
        size = part.get("aspectRatio") or {}
        media.append(
            Media(kind="video", url=part.get("playlist"), alt=text_or_none(part.get("alt")),
                  width=size.get("width"), height=size.get("height"))
        )  # fmt: skip
    if "external" in part:
        card = part["external"]
        links.append(card["uri"])
        media.append(Media(kind="link", url=card["uri"], alt=text_or_none(card.get("title"))))
    return media, quoted


def _picture(item: dict[str, Any]) -> Media:
    size = item.get("aspectRatio") or {}
    return Media(
        kind="image",
        url=item.get("fullsize"),
        alt=text_or_none(item.get("alt")),
        width=size.get("width"),
        height=size.get("height"),
    )
