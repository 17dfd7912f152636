"""Pages of Instagram's lists: those nested in a discovery, own media, and a tag's newest posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crawlers import graph, paging
from crawlers.fields import decoded, moment
from vigie.sources import Answer, Call

MANY = 50
ACCOUNT = "id,username,name,biography,website,followers_count,follows_count,media_count"
TAGGED = "id,caption,media_type,permalink,timestamp,like_count,comments_count"
MEDIA = f"{TAGGED},media_product_type,view_count"
KEPT = 500  # ids of a tag's posts: its list holds those of 24 hours


def discovery(own_id: str, handle: str, after: str = "") -> str:
    """The path of another's account with a page of its posts."""
    step = f".after({after})" if after else ""
    inner = f"{ACCOUNT},media.limit({MANY}){step}{{{MEDIA}}}"
    return graph.path(own_id, fields=f"business_discovery.username({handle}){{{inner}}}")


def linked(body: Mapping[str, Any]) -> str | None:
    """The first professional account that is linked to a page."""
    found = (page.get("instagram_business_account") for page in body["data"])
    return next((account["id"] for account in found if account), None)


def listing(answer: Answer) -> Mapping[str, Any]:
    """The list of posts that an answer holds."""
    body = decoded(answer)
    if answer.endpoint == "business_discovery":
        media: Mapping[str, Any] = body["business_discovery"].get("media") or {"data": []}
        return media
    return body  # type: ignore[no-any-return]


def ids(listing: Mapping[str, Any]) -> list[str]:
    return [item["id"] for item in listing["data"]]


def host_of(answer: Answer) -> str:
    """Address and version at which a list was asked for."""
    return answer.request_url.partition(f"/{answer.meta['own_id']}")[0]


def page_of(answer: Answer) -> paging.Page:
    return answer.once("page", lambda: _read_page(answer))


def _read_page(answer: Answer) -> paging.Page:
    found = listing(answer)
    times = [moment(item.get("timestamp")) for item in found["data"]]
    on = graph.following(answer, host_of(answer), found)
    if answer.endpoint == "business_discovery":  # nested: no address, and no cursor at the end
        after = ((found.get("paging") or {}).get("cursors") or {}).get("after")
        on = discovery(answer.meta["own_id"], answer.meta["handle"], after) if after else None
    return paging.page(times, on if found["data"] else None)


# A tag's newest posts: the cursor `after` is the same on every page and yet moves on, so that a
# walk cannot be taken up where it was cut. The crawl's cursor holds in `walk` the ids of the
# present walk; they are `known` once it has come to its end, and a later walk ends where all are.


def tag_goes_on(answer: Answer, host: str, cursor: Mapping[str, Any]) -> Iterator[Call]:
    """The next page of a tag's newest posts."""
    if _goes_on(answer, cursor) and (on := graph.following(answer, host, decoded(answer))):
        yield Call(answer.endpoint, f"{host}{on}", meta={**answer.meta, "page": 1})


def tag_read(answer: Answer, cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The cursor after a page of a tag's newest posts is on disk."""
    body = decoded(answer)
    before = cursor.get("walk", ()) if answer.meta.get("page") else ()
    walk = list(dict.fromkeys([*before, *ids(body)]))[:KEPT]
    if _goes_on(answer, cursor) and graph.following(answer, "", body):
        return {**cursor, "walk": walk}
    known = dict.fromkeys([*walk, *cursor.get("known", ())])
    return {**cursor, "known": list(known)[:KEPT], "walk": []}


def _goes_on(answer: Answer, cursor: Mapping[str, Any]) -> bool:
    there = ids(decoded(answer))
    return bool(there) and not set(there) <= set(cursor.get("known", ()))
