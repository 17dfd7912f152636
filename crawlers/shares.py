"""Posts, organisations and statistics of LinkedIn's APIs as records, found by their shape.

Ids are URNs of two kinds, `urn:li:share:…` and `urn:li:ugcPost:…`; times are epoch milliseconds.
Answers about counts alone name no time of publication: where the call knows it (`meta["posts"]`)
they become observations of the post, else metric samples of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, once
from vigie.records import Account, Author, Counts, Media, MetricSample, Post, Source, sample_id
from vigie.sources import Answer, Mapped

_POST = keys(
    "adContext ageRestriction author commentary contentCallToActionLabel contentLandingPage "
    "content container createdAt distribution id isReshareDisabledByAuthor lastModifiedAt "
    "lifecycleState lifecycleStateInfo publishedAt reshareContext visibility poll reference "
    "dscAdAccount dscAdType dscName dscStatus"
)
_POST_NEEDED = keys("author commentary createdAt id lifecycleState visibility")
_STATS = keys(
    "clickCount commentCount commentMentionsCount engagement impressionCount likeCount shareCount "
    "shareMentionsCount uniqueImpressionsCount uniqueImpressionsCounts"
)
_STATS_NEEDED = keys("clickCount impressionCount likeCount")
_SOCIAL = keys("commentSummary commentsState entity reactionSummaries")
_ORGANISATION = keys(
    "$URN alternativeNames autoCreated coverPhoto coverPhotoV2 created defaultLocale deleted "
    "description entityStatus foundedOn groups id industries industriesV2 lastModified "
    "localizedDescription localizedName localizedSpecialties localizedWebsite locations logoV2 "
    "name organizationStatus organizationType parentRelationship primaryOrganizationType "
    "schoolAttributes specialties staffCountRange vanityName versionTag website"
)
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")
_TAG = re.compile(r"\{hashtag\|(?:\\)?[#＃]\|((?:\\.|[^}\\])*)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\]\\])*)\]\((urn:li:\w+:[^)]*)\)")
_MEDIA = {"image": "image", "video": "video", "document": "other", "digitalmediaAsset": "other"}
_OPEN = ("PUBLIC", "LOGGED_IN")
OWN = {
    "impressionCount": "impressions", "uniqueImpressionsCount": "reach", "clickCount": "clicks",
    "engagement": "engagement", "likeCount": "likes", "commentCount": "replies",
    "shareCount": "shares",
}  # fmt: skip
UNSEEN = {key: name for key, name in OWN.items() if name not in ("likes", "replies", "shares")}
GAINS = {
    "organicFollowerGain": "followers_gained_organic", "paidFollowerGain": "followers_gained_paid",
}  # fmt: skip
PROVISIONAL = timedelta(days=2)  # in which LinkedIn still counts a day


def ms(value: object) -> datetime | None:
    """A time from epoch milliseconds."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return moment(value / 1000) if known else None  # type: ignore[operator]


def unescaped(commentary: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The words of "little text": plain text, hashtags, names of who is mentioned."""
    tags, names = [], []

    def tag(match: re.Match[str]) -> str:
        tags.append(_ESCAPED.sub(r"\1", match[1]))
        return f"#{match[1]}"

    def name(match: re.Match[str]) -> str:
        names.append(_ESCAPED.sub(r"\1", match[1]))
        return f"@{match[1]}"

    text = commentary
    if "{" in text:
        text = _TAG.sub(tag, text)
    if "@[" in text:
        text = _MENTION.sub(name, text)
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", text)
    return text.strip(), once([*hashtags(text), *tags]), once(names)


class Shares:
    """Records of one body, gathered in `mapped`."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at, self._endpoint, self._meta = answer.collected_at, answer.endpoint, answer.meta
        self._source = source
        self._known: Mapping[str, Any] = answer.meta.get("posts", {})
        self._brand = answer.brand
        self._organisation = answer.meta.get("organisation") or _entity_in(answer.request_url)

    def read(self, body: Any) -> None:
        """Finds what a body holds. Raises TypeError for a shape that is none of LinkedIn's."""
        if not isinstance(body, dict):
            raise TypeError("expected an object")
        if "elements" in body:
            for item in body["elements"]:
                self._item(item)
        elif "results" in body:
            for urn, item in body["results"].items():
                self._item(item if "entity" in item or "id" in item else {**item, "entity": urn})
        elif "firstDegreeSize" in body:
            self._size(body["firstDegreeSize"])
        else:
            self._item(body)

    def _item(self, item: dict[str, Any]) -> None:
        if "commentary" in item or ("lifecycleState" in item and "author" in item):
            self._post(item)
        elif "totalShareStatistics" in item:
            self._statistics(item)
        elif "followerGains" in item:
            entity = item["organizationalEntity"]
            self._own(item, f"linkedin:{entity}", "account", item["followerGains"], GAINS)
        elif "reactionSummaries" in item or "commentSummary" in item:
            self._social(item)
        elif "localizedName" in item or "vanityName" in item:
            self._account(item)
        elif "likesSummary" in item or "commentsSummary" in item:
            self._actions(item)
        elif not (item.keys() & _SKIPPED):
            raise ValueError(f"neither post nor statistics: {', '.join(sorted(item)[:8])}")

    # posts ---------------------------------------------------------------------------------------

    def _post(self, given: dict[str, Any]) -> None:
        drift(self.mapped, f"{self._endpoint}.post", given, _POST, _POST_NEEDED)
        urn, state = given["id"], given.get("lifecycleState", "PUBLISHED")
        if state != "PUBLISHED" or given.get("visibility", "PUBLIC") not in _OPEN:
            return
        published = ms(given.get("publishedAt")) or ms(given.get("createdAt"))
        if published is None:
            raise ValueError(f"no time of publication: {urn}")
        text, tags, names = unescaped(given.get("commentary") or "")
        content = given.get("content") or {}
        shared = (given.get("reshareContext") or {}).get("parent")
        edited = (given.get("lifecycleStateInfo") or {}).get("isEditedByAuthor")
        media, link, title = _content(content)
        self.mapped.posts.append(
            Post(
                id=f"linkedin:{urn}",
                platform="linkedin",
                native_id=urn,
                kind=_kind(content, media, shared, text),
                url=f"https://www.linkedin.com/feed/update/{urn}",
                author=self._author(given["author"]),
                text=text,
                title=title,
                published_at=min(published, self._at),
                edited_at=ms(given.get("lastModifiedAt")) if edited else None,
                first_seen_at=self._at,
                collected_at=self._at,
                quote_of=f"linkedin:{shared}" if shared and text else None,
                repost_of=f"linkedin:{shared}" if shared and not text else None,
                hashtags=tags,
                mentions=names,
                links=once([*links(text), link or ""]),
                emojis=emojis(text),
                media=media,
                owner=self._brand if given["author"] == self._organisation else None,
                source=self._source,
            )
        )

    def _author(self, urn: str) -> Author:
        told = self._meta if urn == self._organisation else {}
        return Author(id=f"linkedin:{urn}", handle=told.get("handle"), name=told.get("name"))

    # counts --------------------------------------------------------------------------------------

    def _social(self, given: dict[str, Any]) -> None:
        drift(self.mapped, f"{self._endpoint}.metadata", given, _SOCIAL, keys("entity"))
        urn = given["entity"]
        reactions = {
            kind: one.get("count") for kind, one in (given.get("reactionSummaries") or {}).items()
        }
        counted = [n for n in reactions.values() if n is not None]
        replies = (given.get("commentSummary") or {}).get("count")
        likes = sum(counted) if counted else None
        self._observe(urn, likes=likes, replies=replies)
        for kind, number in reactions.items():
            self._sample(f"linkedin:{urn}", "post", f"reactions_{kind.lower()}", number, self._at)

    def _actions(self, given: dict[str, Any]) -> None:
        """The counts as the social actions of older versions tell them."""
        liked, said = given.get("likesSummary") or {}, given.get("commentsSummary") or {}
        likes = liked.get("aggregatedTotalLikes", liked.get("totalLikes"))
        replies = said.get("aggregatedTotalComments", said.get("totalFirstLevelComments"))
        self._observe(given.get("target") or given["$URN"], likes=likes, replies=replies)

    def _observe(self, urn: str, **counts: int | None) -> None:
        """Counts of a post: as an observation of it where its time is known, else as samples."""
        known = self._known.get(urn)
        if known is None:
            for name, number in counts.items():
                self._sample(f"linkedin:{urn}", "post", name, number, self._at)
        elif any(number is not None for number in counts.values()):
            at = moment(known["published_at"])
            assert at is not None, "the crawler wrote it"
            self.mapped.posts.append(
                Post(
                    id=f"linkedin:{urn}", platform="linkedin", native_id=urn, kind=known["kind"],
                    url=f"https://www.linkedin.com/feed/update/{urn}",
                    author=Author(id=known["author"]), published_at=at, first_seen_at=self._at,
                    collected_at=self._at, metrics=Counts(**counts), source=self._source,
                    owner=known.get("owner") or self._brand,
                )
            )  # fmt: skip

    def _statistics(self, given: dict[str, Any]) -> None:
        stats = given["totalShareStatistics"]
        drift(self.mapped, f"{self._endpoint}.statistics", stats, _STATS, _STATS_NEEDED)
        post = given.get("share") or given.get("ugcPost")
        if post:
            self._own(given, f"linkedin:{post}", "post", stats, UNSEEN)
            public = {"shares": stats.get("shareCount")}
            if post not in self._known:
                public |= {"likes": stats.get("likeCount"), "replies": stats.get("commentCount")}
            self._observe(post, **public)
        else:
            entity = f"linkedin:{given['organizationalEntity']}"
            life = "" if "timeRange" in given else "total_"  # since the page exists: no day's
            names = {key: f"{life}{name}" for key, name in OWN.items()}
            self._own(given, entity, "account", stats, names)

    def _own(
        self,
        given: dict[str, Any],
        entity: str,
        kind: Any,
        figures: Mapping[str, Any],
        names: Mapping[str, str],
    ) -> None:
        """Own figures: of a day at its end, which are provisional for a while, or of all time."""
        end = ms((given.get("timeRange") or {}).get("end"))
        if "timeRange" in given and end is None:
            raise ValueError("a time range without an end")
        young = end is not None and end > self._at - PROVISIONAL
        for key, name in names.items():
            self._sample(entity, kind, name, figures.get(key), end or self._at, own=True,
                         exactness="estimated" if young else "exact")  # fmt: skip

    def _sample(
        self,
        entity: str,
        kind: Any,
        metric: str,
        value: float | None,
        at: datetime,
        *,
        own: bool = False,
        exactness: Any = "exact",
    ) -> None:
        if value is not None:
            self.mapped.samples.append(
                MetricSample(
                    id=sample_id(entity, metric, at), entity=entity, entity_kind=kind,
                    platform="linkedin", metric=metric, value=value, captured_at=at,
                    exactness=exactness, scope="own" if own else "public",
                )
            )  # fmt: skip

    # accounts ------------------------------------------------------------------------------------

    def _account(self, given: dict[str, Any]) -> None:
        drift(self.mapped, f"{self._endpoint}.organisation", given, _ORGANISATION, keys("id"))
        self._gather(organisation_of(given), given)

    def _size(self, followers: int) -> None:
        """The followers of a page; whose, only the call tells."""
        if self._organisation:
            self._gather(self._organisation, {}, followers)

    def _gather(self, urn: str, given: dict[str, Any], followers: int | None = None) -> None:
        vanity = given.get("vanityName") or self._meta.get("handle")
        account = Account(
            id=f"linkedin:{urn}",
            platform="linkedin",
            native_id=urn,
            handle=vanity,
            name=given.get("localizedName") or self._meta.get("name"),
            url=f"https://www.linkedin.com/company/{vanity or urn.rpartition(':')[2]}",
            bio=text_or_none(given.get("localizedDescription")),
            kind="brand",
            followers=followers,
            owner=self._brand,
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        self.mapped.samples.extend(account_samples(account))


# Lists that hold neither posts nor figures of a page: who follows it by country and the like, and
# what members say, which may be kept for 48 hours only and is not read.
_SKIPPED = keys(
    "followerCountsByAssociationType followerCountsByFunction followerCountsByGeo "
    "followerCountsByGeoCountry followerCountsByIndustry followerCountsBySeniority "
    "followerCountsByStaffCountRange totalPageStatistics message reactionType role specificContent "
    "actor paging"
)


def organisation_of(given: Mapping[str, Any]) -> str:
    """The URN of an organisation, whose lookups carry its bare number."""
    return str(given.get("$URN") or f"urn:li:organization:{given['id']}")


def published(body: Any) -> Iterator[dict[str, Any]]:
    """The posts of a body that are published for all."""
    for item in body.get("elements") or body.get("results", {}).values():
        if item.get("lifecycleState", "PUBLISHED") == "PUBLISHED" and "author" in item:
            yield item


def _entity_in(url: str) -> str | None:
    from urllib.parse import unquote

    found = re.search(r"urn:li:organization(?:Brand)?:\d+", unquote(url))
    return found[0] if found else None


def _content(content: Mapping[str, Any]) -> tuple[tuple[Media, ...], str | None, str | None]:
    """Media, the link that is shared, and the title of either."""
    article = content.get("article") or {}
    if article:
        link = text_or_none(article.get("source"))
        return (
            (Media(kind="link", url=link),) if link else (),
            link,
            text_or_none(article.get("title")),
        )
    several = (content.get("multiImage") or {}).get("images") or ()
    cards = [card.get("media") or {} for card in (content.get("carousel") or {}).get("cards", ())]
    media = content.get("media")
    items = [*([media] if media else []), *several, *cards]
    found = tuple(_medium(item) for item in items if item.get("id"))
    titled = found and found[0].kind != "image"
    return found, None, text_or_none(media.get("title")) if media and titled else None


def _medium(item: Mapping[str, Any]) -> Media:
    kind = str(item["id"]).split(":")[2] if str(item["id"]).count(":") > 2 else ""
    return Media(kind=_MEDIA.get(kind, "other"), alt=text_or_none(item.get("altText")))


def _kind(content: Mapping[str, Any], media: tuple[Media, ...], shared: object, text: str) -> Any:
    if shared:
        return "quote" if text else "repost"
    if content.get("article"):
        return "article"
    return "video" if any(item.kind == "video" for item in media) else "post"


def kind_of(given: Mapping[str, Any]) -> str:
    """The kind that a post of the API becomes."""
    content = given.get("content") or {}
    shared = (given.get("reshareContext") or {}).get("parent")
    text = (given.get("commentary") or "").strip()
    return str(_kind(content, _content(content)[0], shared, text))
