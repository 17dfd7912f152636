"""What Meta's platforms share: errors told for what they are, what is gone, tokens, debts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crawlers
from crawlers import backlog, graph, paging
from crawlers.fields import stamp
from vigie.budgets import Price
from vigie.masking import Secrets
from vigie.matching import handles_of
from vigie.ratelimit import wait_of
from vigie.records import Author, Post, Source
from vigie.sources import Answer, Call
from vigie.watchlist import Watchlist, parse

AT = datetime(2026, 2, 4, 9, tzinfo=UTC)
HOST = "https://graph.facebook.com/v25.0"
NAMES = ("facebook", "instagram", "threads", "meta")


def answer(
    body: object, endpoint: str = "page", status: int = 200, meta: Mapping[str, Any] | None = None
) -> Answer:
    return Answer(
        platform="facebook", endpoint=endpoint, target="facebook/account/x", url=f"{HOST}/x",
        request_url=f"{HOST}/x", method="GET", status=status, headers={},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(), collected_at=AT,
        run_id="r", meta=meta or {},
    )  # fmt: skip


def error(code: int, message: str = "", subcode: int = 0, status: int = 400) -> Answer:
    return answer(
        {"error": {"message": message, "code": code, "error_subcode": subcode}}, status=status
    )


TOLD = [
    (error(190, "Session has expired", 463, 401), "token lapsed"),
    (error(190, "Error validating access token: Session has expired on Monday"), "token lapsed"),
    (error(190, "The access token is invalid", 467), "token lapsed"),
    (error(102, "Session key invalid"), "token lapsed"),
    (error(104, "An access token is required to request this resource."), "token lapsed"),
    (error(2500, "An active access token must be used"), "token lapsed"),
    (error(190, "The session was invalidated because the user changed the password", 460),
     "approval revoked"),
    (error(190, "The user has not authorized application 1", 458), "approval revoked"),
    (error(190, "Error validating access token: The user has not authorized application 1"),
     "approval revoked"),
    (error(10, "Application does not have permission for this action", 0, 403), "approval missing"),
    (error(200, "Requires pages_read_engagement permission", 0, 403), "approval missing"),
    (error(283, "Requires pages_read_user_content permission"), "approval missing"),
    (error(3, "Application does not have the capability to make this API call."),
     "approval missing"),
    (error(100, "(#100) Pages Public Content Access requires either app secret proof or an app "
           "token"), "approval missing"),
    (error(100, "Unsupported get request. Object with ID '1' does not exist, cannot be loaded due "
           "to missing permissions", 33), "unknown account"),
    (error(803, "Some of the aliases you requested do not exist: x", 0, 404), "unknown account"),
    (error(110, "Invalid user id", 2207013), "unknown account"),
    (error(2635, "You are calling a deprecated version of the API"), "unknown API version"),
    (error(2500, "Unknown path components: /v99.0/x"), "unknown API version"),
    (error(18, "max hashtags queried", 2207034), "rate limit"),
    (error(4, "Application request limit reached", 0, 200), "rate limit"),
    (error(1, "An unknown error occurred", 99, 200), "error in a 200"),
    (error(2, "Service temporarily unavailable", 0, 503), "HTTP 503"),
    (error(100, "(#100) The value must be a valid insights metric"), "HTTP 400"),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("given", "key"), TOLD, ids=[f"{k}-{i}" for i, (_, k) in enumerate(TOLD)])
def test_an_error_is_told_for_what_it_is_and_maps_to_nothing(
    name: str, given: Answer, key: str
) -> None:
    crawler = crawlers.load(name)
    told = crawler.healthy(given)  # type: ignore[attr-defined]
    assert told is not None
    assert told.partition(":")[0] == key, told
    mapped = crawler.map(given)
    assert [*mapped.posts, *mapped.accounts, *mapped.samples, *mapped.tombstones] == []


def test_a_good_answer_and_a_broken_body_are_no_error_of_the_platforms() -> None:
    for body in ({"data": []}, {"id": "1", "name": "error"}, b'{"error": {"code"', b"<html>", b""):
        assert graph.fault(answer(body)) is None
    assert graph.fault(answer({"error": "text"})) is None
    assert graph.code_of(answer({"error": {"code": "190"}})) == (0, 0)


def test_words_of_an_error_are_one_short_line() -> None:
    told = graph.fault(error(1, "a\n\nb " + "x" * 500)) or ""
    assert "\n" not in told
    assert len(told) < 200


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002, 80005, 80009])
def test_limits_are_waited_out(code: int) -> None:
    body = json.dumps({"error": {"code": code}}).encode()
    wait = wait_of(403, {}, body, AT, "instagram")
    assert wait is not None
    assert wait.refused
    usage = {"1": [{"call_count": 100, "estimated_time_to_regain_access": 19}]}
    headers = {"x-business-use-case-usage": json.dumps(usage)}
    told = wait_of(403, headers, body, AT, "instagram")
    assert told is not None
    assert told.seconds == 19 * 60


# Tokens


def test_a_token_in_the_links_of_a_body_is_masked_whosever_it_is() -> None:
    secrets = Secrets(["FACEBOOK_TOKEN"], {"FACEBOOK_TOKEN": "EAAB|geheim/17"})
    body = (
        b'{"paging":{"next":"https:\\/\\/g\\/1?access_token=EAAB%7Cgeheim%2F17&after=x",'
        b'"previous":"https://g/1?limit=2&access_token=EAABanother&appsecret_proof=ab12&before=y"},'
        b'"data":[{"access_token":"EAABpage","name":"n"},{"access_token" : "EAABtwo"}],'
        b'"text":"u?access_token%3DEAABthird%26a=1 EAAB|geheim/17"}'
    )
    masked = secrets.mask_body(body)
    for left in (b"geheim", b"EAAB", b"ab12"):
        assert left not in masked
    kept = json.loads(masked)
    assert kept["paging"]["next"] == "https://g/1?access_token=***&after=x"
    assert kept["paging"]["previous"].endswith("&appsecret_proof=***&before=y")
    assert kept["data"][0] == {"access_token": "***", "name": "n"}
    assert kept["text"].startswith("u?access_token%3D***%26a=1 ")
    innocent = b'{"text": "an access_token is a key; access_token = x"}'
    assert secrets.mask_body(innocent) == innocent


def test_the_next_page_is_asked_for_without_the_token_of_its_link() -> None:
    link = "https://other.example/v3.0/evil?access_token=EAABx&appsecret_proof=y&after=AAA&limit=9"
    listing = {"data": [1], "paging": {"next": link, "cursors": {"after": "BBB"}}}
    asked = Answer(
        **{**_fields(answer({})), "request_url": f"{HOST}/1/posts?fields=a{{b}}&limit=5"}
    )
    assert graph.following(asked, HOST, listing) == "/1/posts?fields=a{b}&limit=5&after=BBB"
    timed = {"data": [1], "paging": {"next": "https://g/?until=17&__paging_token=p&since"}}
    on = graph.following(asked, HOST, timed)
    assert on == "/1/posts?fields=a{b}&limit=5&until=17&__paging_token=p"
    assert graph.following(asked, HOST, {"data": [], "paging": listing["paging"]}) is None
    assert (
        graph.following(asked, HOST, {"data": [1], "paging": {"cursors": {"after": "B"}}}) is None
    )


def _fields(given: Answer) -> dict[str, Any]:
    names = [name for name in Answer.__slots__ if name != "_known"]
    return {name: getattr(given, name) for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_calls_carry_the_token_in_a_header_alone(name: str) -> None:
    crawler, watchlist = crawlers.load(name), watched()
    calls = [call for target in crawler.targets(watchlist) for call in crawler.start(target, {})]
    assert calls
    for call in calls:
        assert call.headers == {"Authorization": f"Bearer ${{{name.upper()}_TOKEN}}"}
        assert "${" not in call.url
        assert "access_token" not in call.url


def watched(**settings: Any) -> Watchlist:
    accounts = {
        "facebook": ["brindille"], "instagram": ["brindille"], "threads": ["brindille"],
        "meta": ["page:123", "instagram:1784"],
    }  # fmt: skip
    brand = {"id": "brindille", "name": "Brindille", "role": "own", "accounts": accounts}
    return parse(
        {
            "workspace": {"name": "w"},
            "brands": [brand, {"id": "r", "name": "R", "accounts": {"meta": ["page:9"]}}],
            "platforms": dict.fromkeys(NAMES, settings),
        }
    )


def test_own_figures_are_read_of_own_brands_alone() -> None:
    targets = crawlers.load("meta").targets(watched())
    assert [target.key for target in targets] == [
        "meta/insights/page:123",
        "meta/insights/instagram:1784",
    ]


def test_another_version_is_asked_for_and_told() -> None:
    crawler = crawlers.load("facebook")
    for asked in ("v24.0", "24.0"):
        (target,) = crawler.targets(watched(api_version=asked, url="http://127.0.0.1:1/facebook/"))
        (call,) = crawler.start(target, {})
        assert call.url.startswith("http://127.0.0.1:1/facebook/v24.0/brindille?")
        assert call.meta["api_version"] == "v24.0"


# What is gone


@given(
    posts=st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=12),
    gone=st.sets(st.integers(0, 30)),
    asked=st.sets(st.integers(0, 30)),
    size=st.integers(1, 4),
)
def test_what_a_list_misses_is_gone_and_nothing_else(
    posts: list[int], gone: set[int], asked: set[int], size: int
) -> None:
    """Posts two by two of the same second, on pages of any size."""

    def at(number: int) -> datetime:
        return AT + timedelta(seconds=number // 2)

    there = sorted(set(posts) - gone, reverse=True)
    left = {str(number): stamp(at(number)) for number in asked}
    told: list[str] = []
    for first in range(0, max(len(there), 1), size):
        shown = there[first : first + size]
        more = "next" if first + size < len(there) else None
        page = paging.page([at(number) for number in shown], more)
        missing, left = graph.missed(left, [str(number) for number in shown], page)
        told += missing
    assert len(told) == len(set(told))
    assert not left
    wanted = {str(number) for number in asked - set(there)} if there else set()
    assert set(told) == wanted, "an empty list proves nothing"


def test_posts_of_a_tag_and_of_strangers_are_not_read_again() -> None:
    posts = [
        Post(id=f"instagram:{n}", platform="instagram", native_id=str(n), author=Author(handle=h),
             published_at=AT, first_seen_at=AT, collected_at=AT,
             source=Source(collector="instagram", endpoint="x", run_id="r", mapper_version="1"))
        for n, h in enumerate((None, "Brindille", "stranger"))
    ]  # fmt: skip
    (target,) = crawlers.load("instagram").refresh(posts, watched(own_id="1"))
    assert (target.key, set(target.options["asked"])) == ("instagram/refresh/brindille", {"1"})
    assert crawlers.load("meta").refresh(posts, watched()) == []


def test_a_call_for_many_is_halved_until_the_one_is_found() -> None:
    crawler = crawlers.load("facebook")
    posts = [
        Post(id=f"facebook:7_{n}", platform="facebook", native_id=f"7_{n}",
             author=Author(id="facebook:7", handle="brindille"), published_at=AT, first_seen_at=AT,
             collected_at=AT, origin="owned", owner="brindille",
             source=Source(collector="facebook", endpoint="x", run_id="r", mapper_version="1"))
        for n in range(120)
    ]  # fmt: skip
    (target,) = crawler.refresh(posts, watched())
    waiting = list(crawler.start(target, {}))
    assert [len(call.meta["asked"]) for call in waiting] == [50, 50, 20]
    gone, told, asked = {"7_3", "7_77"}, [], 0
    while waiting:
        call = waiting.pop(0)
        asked += 1
        ids = call.meta.get("asked", [])
        meta = call.meta
        if call.endpoint == "page_again":
            found = answer({"id": "7", "name": "B"}, "page_again", meta=meta)
        elif call.endpoint == "post_insights":
            continue
        elif gone & set(ids):
            refused = {"error": {"code": 100, "error_subcode": 33, "message": "Unsupported"}}
            found = answer(refused, "posts", 400, meta)
            assert crawler.healthy(found) is None  # type: ignore[attr-defined]
        else:
            items = {id: {"id": id, "created_time": "2026-02-01T00:00:00+0000"} for id in ids}
            found = answer(items, "posts", meta=meta)
        mapped = crawler.map(found)
        told += [tombstone.id for tombstone in mapped.tombstones]
        waiting += crawler.next(found, target, {})
    assert sorted(told) == ["facebook:7_3", "facebook:7_77"]


# Budgets and debts


def test_another_tag_costs_of_the_thirty() -> None:
    crawler: Any = crawlers.load("instagram")
    (limit,) = crawler.limits.values()
    assert (limit.calls, limit.days) == (30, 7)
    search = Call("ig_hashtag_search", f"{HOST}/ig_hashtag_search?q=lin")
    assert [price.bucket for price in crawler.price(search)] == ["instagram", "instagram tags"]
    assert crawler.price(Call("recent_media", HOST)) == (Price("instagram"),)
    target = next(t for t in crawler.targets(watched(own_id="1")) if t.kind == "tag")
    (known,) = crawler.start(target, {})
    assert known.endpoint == "searched"
    told = answer({"data": [{"id": "17", "name": "BRINDILLE"}]}, "searched", meta=known.meta)
    assert {call.endpoint for call in crawler.next(told, target, {})} == {
        "recent_media",
        "top_media",
    }
    told = answer({"data": []}, "searched", meta=known.meta)
    assert [call.endpoint for call in crawler.next(told, target, {})] == ["ig_hashtag_search"]


def test_searches_and_profiles_have_buckets_of_their_own() -> None:
    crawler: Any = crawlers.load("threads")
    assert {name: limit.calls for name, limit in crawler.limits.items()} == {
        "threads searches": 2_200, "threads profiles": 1_000,
    }  # fmt: skip
    for endpoint, bucket in (
        ("keyword_search", "threads searches"),
        ("profile_posts", "threads profiles"),
        ("profile_lookup", "threads profiles"),
    ):
        assert crawler.price(Call(endpoint, HOST))[-1].bucket == bucket
    assert crawler.price(Call("insights", HOST)) == (Price("threads"),)


def test_what_a_cut_crawl_left_unread_is_read_by_the_next() -> None:
    cursor = backlog.owing({"top": "t"}, "threads", {"1": 4, "2": 1})
    cursor = backlog.owing(cursor, "figures", {"1": 1})
    assert backlog.due(cursor, ["1", "2"]) == ["2"]
    assert backlog.threads(answer({}), cursor, [("1", 4, stamp(AT)), ("2", 5, stamp(AT))]) == {
        "2": 5
    }
    crawler = crawlers.load("facebook")
    (target,) = crawler.targets(watched())
    begun = [(call.endpoint, call.meta.get("post") or call.meta.get("entity"))
             for call in crawler.start(target, cursor)]  # fmt: skip
    assert begun == [("page", None), ("comments", "1"), ("comments", "2"), ("post_insights", "1")]
    cursor = backlog.figures_read(cursor, "1")
    cursor = backlog.thread_read(cursor, "1", 4)
    cursor = backlog.thread_read(cursor, "2", 1)
    assert cursor == {"top": "t", "owed": {}, "figures": ["1"], "threads": {"1": 4, "2": 1}}
    assert [call.endpoint for call in crawler.start(target, cursor)] == ["page"]


@pytest.mark.parametrize(
    ("name", "endpoint", "meta"),
    [
        ("facebook", "comments", {"post": "1", "comments": 9_000}),
        ("instagram", "comments", {"media": "1", "comments": 9_000, "own_id": "7"}),
        ("threads", "conversation", {"root": "1", "answers": 9_000}),
    ],
)
def test_what_stands_below_a_post_is_read_to_a_bound_and_then_owed_no_more(
    name: str, endpoint: str, meta: dict[str, Any]
) -> None:
    """Else each crawl would begin with all of it again, and never come to its end."""
    crawler = crawlers.load(name)
    target = crawler.targets(watched())[0]
    cursor: Mapping[str, Any] = backlog.owing({}, "threads", {"1": 9_000})
    body = {
        "data": [{"id": "5"}],
        "paging": {"next": f"{HOST}/1/x?after=b", "cursors": {"after": "b"}},
    }
    turns, told = 1, answer(body, endpoint, meta=meta)
    while following := [*crawler.next(told, target, {})]:
        cursor = crawler.advance(told, cursor)
        assert backlog.owed(cursor, "threads") == {"1": 9_000}
        (call,) = following
        turns, told = turns + 1, answer(body, endpoint, meta=call.meta)
    cursor = crawler.advance(told, cursor)
    assert (turns, backlog.owed(cursor, "threads")) == (graph.TURNS, {})
    assert turns < watched().platform(name).max_pages


def test_nothing_is_searched_for_where_the_watchlist_does_not_speak_of_the_platform() -> None:
    bare = parse({"workspace": {"name": "w"}, "brands": [{"id": "b", "name": "B"}]})
    assert [crawlers.load(name).targets(bare) for name in NAMES] == [[], [], [], []]
    named = parse({**bare.model_dump(exclude_defaults=True), "platforms": {"threads": {}}})
    assert [target.key for target in crawlers.load("threads").targets(named)] == [
        "threads/search/B"
    ]


def test_accounts_of_figures_are_nobody_to_mention() -> None:
    (brand, _) = watched().brands
    assert handles_of(brand) == ["brindille"]
