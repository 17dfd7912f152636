"""Statuses and accounts of the Mastodon API as records, found by their shape in any body."""

from __future__ import annotations

from typing import Any

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, hrefs, mentions, once, plain
from vigie.records import Account, Author, Counts, Media, Post, Source
from vigie.sources import Answer, Mapped

_STATUS = keys(
    "account content created_at emojis favourites_count id media_attachments mentions "
    "reblogs_count replies_count sensitive spoiler_text tags uri visibility application bookmarked "
    "card edited_at favourited filtered in_reply_to_account_id in_reply_to_id language muted "
    "pinned poll quote quote_approval quotes_count reblog reblogged tagged_collections text "
    "url content_type interaction_policy local_only pleroma akkoma friendica fedibird quote_id "
    "local"
)
_STATUS_NEEDED = keys(
    "account content created_at favourites_count id reblogs_count replies_count uri tags"
)
_ACCOUNT = keys(
    "acct avatar avatar_static bot created_at display_name emojis fields followers_count "
    "following_count group header header_static id indexable locked note statuses_count uri "
    "username avatar_description discoverable feature_approval header_description hide_collections "
    "last_status_at limited memorial moved noindex roles show_featured show_media "
    "show_media_replies suspended url source role mute_expires_at enable_rss theme custom_css "
    "avatar_media_id header_media_id pleroma akkoma friendica fqn actor_type"
)
_ACCOUNT_NEEDED = keys(
    "acct created_at display_name followers_count following_count id statuses_count url"
)
_MEDIA = {"image": "image", "video": "video", "gifv": "gif", "audio": "audio"}
_PUBLIC = ("public", "unlisted", None)


class Toots:
    """Records of one body, gathered in `mapped`."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source.model_dump()
        self._server = answer.meta.get("server", "")
        self._root: str | None = answer.meta.get("root")
        self._uris: dict[str, str] = {}  # ids are the asked server's own: parents become uris
        if "uri" in answer.meta and "id" in answer.meta:
            self._uris[answer.meta["id"]] = answer.meta["uri"]
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Finds the statuses and accounts of a body; other lists (trends, edits) hold none."""
        if isinstance(body, dict):
            if "content" in body or "acct" in body:
                body = [body]
            else:
                lists = ("ancestors", "descendants", "statuses", "accounts")
                body = [item for name in lists for item in body.get(name) or ()]
        for item in body:
            if "content" in item and "uri" in item:
                self._uris[item["id"]] = item["uri"]
        for item in body:
            if "content" in item and "uri" in item:
                self.status(item)
            elif "acct" in item:
                self.account(item, alone=True)

    def account(self, given: dict[str, Any], alone: bool = False) -> Author:
        """The author part of an account, which is gathered with samples of its counts: of everyone
        who writes the followers alone, which tell growth and bought reach."""
        url, acct = given.get("url") or "", given["acct"]
        native = given.get("uri") or url
        if not native:
            raise KeyError("account without uri and url")
        handle = acct if "@" in acct else f"{acct}@{url.partition('://')[2].partition('/')[0]}"
        name, id = text_or_none(given.get("display_name")), f"mastodon:{native}"
        if id not in self._seen:
            self._seen.add(id)
            drift(self.mapped, f"{self._endpoint}.account", given, _ACCOUNT, _ACCOUNT_NEEDED)
            account = Account(
                id=id,
                platform="mastodon",
                native_id=native,
                handle=handle,
                name=name,
                url=url or None,
                bio=text_or_none(plain(given.get("note") or "")),
                kind="bot" if given.get("bot") else None,
                created_at=moment(given.get("created_at")),
                followers=given.get("followers_count"),
                following=given.get("following_count"),
                posts=given.get("statuses_count"),
                state="withheld" if given.get("suspended") else "live",
                first_seen_at=self._at,
                collected_at=self._at,
                source=self._source,
            )
            self.mapped.accounts.append(account)
            kept = account_samples(account) if alone else account_samples(account, ("followers",))
            self.mapped.samples.extend(kept)
        return Author(id=id, handle=handle, name=name, followers=given.get("followers_count"))

    def status(self, given: dict[str, Any]) -> None:
        """Gathers a status, and what it boosts. Followers-only and direct ones are not for us."""
        uri = given["uri"]
        if uri in self._seen or given.get("visibility") not in _PUBLIC:
            return
        self._seen.add(uri)
        drift(self.mapped, f"{self._endpoint}.status", given, _STATUS, _STATUS_NEEDED)
        author = self.account(given["account"])
        boosted = given.get("reblog")
        if boosted:
            self.status(boosted)
            self._gather(given, author, kind="repost", repost_of=f"mastodon:{boosted['uri']}")
            return
        content = given["content"] or ""
        text = plain(content)
        warning = given.get("spoiler_text")
        if warning:
            text = f"{warning}\n\n{text}".strip()
        named, tagged = given.get("mentions") or (), given.get("tags") or ()
        media = [_media(item) for item in given.get("media_attachments") or ()]
        card = given.get("card") or {}
        answered = given.get("in_reply_to_id")
        parent = self._uris.get(answered) if answered else None
        quoted = (given.get("quote") or {}).get("quoted_status") or {}
        self._gather(
            given,
            author,
            kind=_kind(answered, given.get("quote"), media),
            text=text,
            lang=given.get("language"),
            edited_at=moment(given.get("edited_at")),
            parent_id=f"mastodon:{parent}" if parent else None,
            root_id=f"mastodon:{self._root}" if answered and self._root else None,
            quote_of=f"mastodon:{quoted['uri']}" if "uri" in quoted else None,
            hashtags=once([*_as_written(tagged, text), *hashtags(text)]),
            mentions=once(item["acct"] for item in named) if named else mentions(text),
            links=self._links(content, card.get("url"), named, tagged),
            emojis=emojis(text),
            media=media,
            metrics=Counts(
                likes=given.get("favourites_count"),
                shares=given.get("reblogs_count"),
                replies=given.get("replies_count"),
                quotes=given.get("quotes_count"),
            ),
            sensitive=given.get("sensitive"),
        )

    def _gather(self, given: dict[str, Any], author: Author, **fields: Any) -> None:
        id = given["id"]
        published = moment(given["created_at"])
        if published is None:
            raise ValueError(f"created_at is no time: {given['created_at']!r}")
        self.mapped.posts.append(
            Post(
                id=f"mastodon:{given['uri']}",
                platform="mastodon",
                native_id=given["uri"],
                url=given.get("url") or given["uri"],
                author=author,
                published_at=min(published, self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                source={**self._source, "ref": f"{self._server}/api/v1/statuses/{id}"},
                **fields,
            )
        )

    def _links(self, content: str, card: str | None, named: Any, tagged: Any) -> tuple[str, ...]:
        """Addresses that lead out: not those of mentioned accounts and of hashtags."""
        inner = {item.get("url") for item in (*named, *tagged)}
        found = (link for link in hrefs(content) if link not in inner)
        return once([*found, card or ""])


def _as_written(tagged: Any, text: str) -> list[str]:
    """Tags come in lower case; the text says how the author wrote them."""
    if not tagged:
        return []
    written = {tag.casefold(): tag for tag in hashtags(text)}
    return [written.get(item["name"].casefold(), item["name"]) for item in tagged]


def _kind(answered: object, quote: object, media: list[Media]) -> str:
    if answered:
        return "reply"
    if quote:
        return "quote"
    return "video" if any(item.kind == "video" for item in media) else "post"


def _media(given: dict[str, Any]) -> Media:
    original = (given.get("meta") or {}).get("original") or {}
    return Media(
        kind=_MEDIA.get(given.get("type", ""), "other"),
        url=given.get("url") or given.get("remote_url"),
        alt=text_or_none(given.get("description")),
        width=original.get("width"),
        height=original.get("height"),
        duration_s=original.get("duration"),
    )
