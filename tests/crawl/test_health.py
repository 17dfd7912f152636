"""What a source's answers tell of it: every fault is named, and none is read as silence."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from plaza import Api, Plaza, texts
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

import crawlers
from tests.crawlers.test_samples import AT
from vigie.faults import FAULTS, advice, told
from vigie.health import fault_of
from vigie.records import Cursor, SourceRun
from vigie.sources import Answer, Call, Target

LOGIN = "<!DOCTYPE html><form><input name=u><input type='password' name=p></form>"
CONSENT = '<!doctype html><form action="/consent/save"><button>Tout accepter</button></form>'
WALL = '<html><body><div id="onetrust-banner-sdk">We value your privacy</div></body></html>'


def refused(status: int, body: Any, **headers: str) -> Response:
    return JSONResponse(body, status, headers={k.replace("_", "-"): v for k, v in headers.items()})


BEARER = 'Bearer realm="x", error="{}"'
# Of an API that is asked with a key: what it answers, and what is said of the source.
KEYED = {
    "401": (refused(401, {"error": "no"}), "token lapsed: HTTP 401"),
    "challenge": (
        refused(400, {}, www_authenticate=BEARER.format("invalid_token")),
        "token lapsed: HTTP 400",
    ),
    "expired": (
        refused(400, {"error": {"message": "The access token has expired"}}),
        "token lapsed: HTTP 400",
    ),
    "grant": (refused(400, {"error": "invalid_grant"}), "approval revoked: HTTP 400"),
    "revoked": (
        refused(401, {"error": "The access token was revoked"}),
        "approval revoked: HTTP 401",
    ),
    "scope": (
        refused(403, {}, www_authenticate=BEARER.format("insufficient_scope")),
        "approval missing: HTTP 403",
    ),
    "403": (refused(403, {"message": "Forbidden"}), "approval missing: HTTP 403"),
    "426": (
        refused(426, {"code": "NONEXISTENT_VERSION", "message": "no"}),
        "unknown API version: HTTP 426",
    ),
    "version": (
        refused(400, {"error": {"message": "(#2635) You are calling a deprecated version of it"}}),
        "unknown API version: HTTP 400",
    ),
    "moved": (RedirectResponse("/accounts/login/?next=x"), "login page: HTTP 307"),
    "away": (RedirectResponse("https://consent.example.com/m?x=1"), "consent page: HTTP 307"),
}
# Of an API that is asked without one.
OPEN = {
    "404": (refused(404, {"error": "not found"}), "unknown account: HTTP 404"),
    "401": (refused(401, {"error": "no"}), "HTTP 401"),
    "403": (refused(403, {"error": "no"}), "HTTP 403"),
    "form": (HTMLResponse(LOGIN), "login page"),
    "form401": (HTMLResponse(LOGIN, 401), "login page: HTTP 401"),
    "consent": (HTMLResponse(CONSENT), "consent page"),
    "wall": (HTMLResponse(WALL), "consent page"),
    "led": (RedirectResponse("/consent?continue=x"), "consent page"),
    "page": (HTMLResponse("<!doctype html><p>Bonjour"), "HTML instead of data"),
    "nothing": (Response(b""), "empty answer"),
    "blank": (Response(b" \n"), "empty answer"),
    "braces": (JSONResponse({}), "empty answer"),
    "error": (
        JSONResponse({"error": {"code": 17, "message": "Something\nwent \x1b[31mwrong"}}),
        "error in a 200: Something went [31mwrong",
    ),
    "errors": (
        JSONResponse({"data": None, "errors": [{"title": "Not Found Error"}]}),
        "error in a 200: Not Found Error",
    ),
    "notok": (
        JSONResponse({"ok": False, "error_code": 500, "description": "x"}),
        "error in a 200: x",
    ),
    "shape": (JSONResponse({"items": []}), "unknown shape: posts: no posts in it"),
}


async def reasons(run: Any, crawler: Plaza, **options: Any) -> dict[str, str | None]:
    sources = await run(crawler, **options)
    assert {source.state for source in sources} == {"broken"}, sources
    return {source.key.rpartition("/")[2]: source.reason for source in sources}


async def test_faults_of_an_api_with_a_key_are_named(api: Api, run, store) -> None:
    for name, (answer, _) in KEYED.items():
        api.answer(f"/posts/{name}", answer)
    headers = {"Authorization": "Bearer ${PLAZA_TOKEN}"}
    crawler = Plaza(api.url, list(KEYED), requires=("PLAZA_TOKEN",), headers=headers)
    found = await reasons(run, crawler, environ={"PLAZA_TOKEN": "secret-of-plaza"})
    assert found == {name: reason for name, (_, reason) in KEYED.items()}
    assert list(store.all(Cursor)) == []


async def test_faults_of_an_open_api_are_named_landed_and_move_no_cursor(
    api: Api, run, store, landed
) -> None:
    for name, (answer, _) in OPEN.items():
        api.answer(f"/posts/{name}", answer)
    api.answer("/consent", HTMLResponse("<!doctype html><p>Avant de continuer"))
    found = await reasons(run, Plaza(api.url, list(OPEN)))
    assert found == {name: reason for name, (_, reason) in OPEN.items()}
    assert list(store.all(Cursor)) == []
    assert len(landed()) == len(OPEN)


async def test_a_key_that_can_be_used_and_is_not_set_is_missed(api: Api, run) -> None:
    class Wanting(Plaza):
        keys = ("PLAZA_TOKEN",)

    api.answer("/posts/ada", refused(401, {"error": "This method requires an authenticated user"}))
    crawler = Wanting(api.url, headers={"Authorization": "Bearer ${PLAZA_TOKEN}"})
    assert await reasons(run, crawler) == {"ada": "missing key: HTTP 401"}


async def test_errors_beside_posts_are_no_fault(api: Api, run) -> None:
    """Of many that are asked for some may be gone: that is no error of the source."""

    class Partial(Plaza):
        def map(self, answer):
            if "errors" in answer.json():
                answer.json().setdefault("posts", [{"id": "7", "text": "x"}])
            return super().map(answer)

    api.answer("/posts/ada", JSONResponse({"errors": [{"title": "gone"}]}))
    (source,) = await run(Partial(api.url))
    assert (source.state, source.reason) == ("ok", None)


class Listing(Plaza):
    lists = frozenset({"posts"})


async def test_an_account_that_lists_nothing_any_more_is_doubted_then_believed(
    api: Api, run, store, clock, landed
) -> None:
    api.posts = {"ada": list(range(1, 30))}
    (first,) = await run(Listing(api.url))
    assert first.state == "ok"
    cursor = store.get(["plaza/account/ada"], Cursor)[0].value["newest"]
    api.posts = {"ada": []}
    for hours in (1, 24, 47):
        clock.set(clock.now() + timedelta(hours=1 if hours == 1 else 23))
        (source,) = await run(Listing(api.url))
        assert source.state == "broken", hours
        assert source.reason == "suspiciously empty: 20 posts when last read"
        assert source.last_success_at == first.ended_at
        assert store.get(["plaza/account/ada"], Cursor)[0].value["newest"] == cursor
    clock.set(clock.now() + timedelta(hours=25))
    (source,) = await run(Listing(api.url))
    assert (source.state, source.reason) == ("empty", None)
    api.posts = {"ada": [40, 41, 42]}
    (source,) = await run(Listing(api.url))
    assert source.state == "ok"
    assert {40, 41, 42} <= {*map(int, texts(landed()))}


async def test_doubt_ends_when_posts_come_back(api: Api, run, clock) -> None:
    api.posts = {"ada": [1, 2, 3, 4]}
    await run(Listing(api.url))
    empty, api.posts = {"ada": list[int]()}, {"ada": []}
    (source,) = await run(Listing(api.url))
    assert source.state == "broken"
    api.posts = {"ada": [1, 2, 3, 4]}
    (source,) = await run(Listing(api.url))
    assert source.state == "ok"
    clock.set(clock.now() + timedelta(days=5))
    api.posts = empty
    (source,) = await run(Listing(api.url))
    assert source.state == "broken", "a new doubt, not the old one"


async def test_few_posts_may_all_be_deleted_and_others_may_be_empty(api: Api, run) -> None:
    api.posts = {"ada": [1, 2], "new": []}
    crawler = Listing(api.url, ["ada", "new"])
    await run(crawler)
    api.posts = {"ada": []}
    assert {source.state for source in await run(crawler)} == {"empty"}


async def test_an_endpoint_that_always_holds_something(api: Api, run) -> None:
    class Owing(Plaza):
        least: ClassVar = {"posts": 1}

    api.posts = {"ada": []}
    (source,) = await run(Owing(api.url))
    assert (source.state, source.reason) == ("broken", "empty answer")


@pytest.mark.parametrize("place", ["https://consent.example.org/x", "http://news.example/consent"])
def test_a_web_page_that_a_consent_page_took_the_place_of(place: str) -> None:
    assert _page_fault(place, b"<!doctype html><p>Avant de lire") == "consent page"
    banner = b"<!doctype html><div id=onetrust-banner-sdk></div><article>Du texte</article>"
    assert _page_fault("http://news.example/a", banner) is None, "a page with a banner is a page"


def _page_fault(url: str, body: bytes) -> str | None:
    target = Target("news", "site", "http://news.example/")
    call = Call("page", "http://news.example/a", web=True)
    answer = Answer(
        platform="news", endpoint="page", target=target.key, url=url, request_url=call.url,
        method="GET", status=200, headers={}, body=body, collected_at=AT, run_id="r",
    )  # fmt: skip
    return fault_of(crawlers.load("news"), target, call, answer, 1)


def test_real_answers_of_existing_platforms() -> None:
    cases: Sequence[tuple[str, str, int, bytes, str | None]] = (
        ("bluesky", "getProfile", 400, b'{"error":"InvalidRequest","message":"Profile not found"}',
         "unknown account: Profile not found"),
        ("bluesky", "getAuthorFeed", 400, b'{"error":"ExpiredToken","message":"Token has expired"}',
         "token lapsed: HTTP 400"),
        ("hackernews", "user", 200, b"null", "unknown account"),
        ("hackernews", "item", 200, b"null", None),
        ("mastodon", "accounts_lookup", 404, b'{"error":"Record not found"}',
         "unknown account: HTTP 404"),
        ("mastodon", "accounts_lookup", 200, b"{}", "empty answer"),
        ("mastodon", "timelines_tag", 200, b"[]", None),
    )  # fmt: skip
    for platform, endpoint, status, body, expected in cases:
        target = Target(platform, "account", "ada")
        call = Call(endpoint, "http://a.example/api/v1/x")
        answer = Answer(
            platform=platform, endpoint=endpoint, target=target.key, url=call.url,
            request_url=call.url, method="GET", status=status, headers={}, body=body,
            collected_at=AT, run_id="r",
        )  # fmt: skip
        assert fault_of(crawlers.load(platform), target, call, answer, 1) == expected, body


async def test_where_a_redirect_led_is_landed_without_secrets(api: Api, run, landed) -> None:
    def away(request: Request) -> Response:
        token = request.headers["authorization"].partition(" ")[2]
        return RedirectResponse(f"/login?access_token=abcdefgh&t={token}")

    api.answer("/posts/ada", away)
    crawler = Plaza(
        api.url, requires=("PLAZA_TOKEN",), headers={"Authorization": "Bearer ${PLAZA_TOKEN}"}
    )
    await run(crawler, environ={"PLAZA_TOKEN": "secret-of-plaza"})
    (answer,) = landed()
    assert answer.headers["location"] == "/login?access_token=***&t=***"


def test_every_fault_has_its_words_in_both_languages() -> None:
    import vigie.health

    listed = (vigie.health.__doc__ or "").partition("reason of a SourceRun")[2]
    keys = set(listed.partition("vigie/faults.py")[0].split("`")[1::2])
    assert {key if not key.startswith("HTTP ") else "HTTP" for key in keys} <= set(FAULTS)
    for key, fault in FAULTS.items():
        for pair in (fault.what, fault.do):
            assert len({*pair}) == 2, f"{key}: one of them is not translated"
            assert all(pair)
    assert told("token lapsed: HTTP 401", "en") == "token lapsed or refused: HTTP 401"
    assert told("token lapsed: HTTP 401", "fr") == "jeton périmé ou refusé\u00a0: HTTP 401"
    assert told("HTTP 503", "fr") == "erreur du serveur\u00a0: HTTP 503"
    assert told("suspended", "fr") == "suspended"
    assert told(None, "fr") == advice(None, "x", "x/account/a", "fr") == ""
    assert advice("token lapsed", "x", "x/account/a", "en").endswith("vigie connect x")
    assert "x/account/a" in advice("HTTP 403", "x", "x/account/a", "fr")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as bound:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize("runner", ["in-process", "subprocess"])
async def test_a_hanging_and_a_crashing_platform_delay_no_other(
    api: Api, run, landed, silent: str, runner: str
) -> None:
    api.posts = {"ada": list(range(1, 50))}
    ended: dict[str, float] = {}
    began = time.monotonic()

    def progress(source: SourceRun) -> None:
        ended[source.platform] = time.monotonic() - began

    hanging, crashing, ada = await run(
        Plaza(silent, name="hanging"), Crashing(api.url, name="crashing"), Plaza(api.url),
        settings={"hanging": {"limit_s": 3}}, progress=progress, runner=runner,
    )  # fmt: skip
    assert (hanging.state, hanging.reason) == ("broken", "time limit: 3 s")
    assert (crashing.state, crashing.reason) == (
        "broken",
        "crawler error: ValueError: out of order",
    )
    assert (ada.state, ada.pages) == ("ok", 3)
    assert ended["plaza"] < ended["hanging"], "it waited for no other"
    assert {*map(int, texts(a for a in landed() if a.platform == "plaza"))} == {*range(1, 50)}


class Crashing(Plaza):
    def next(self, answer, target, cursor):
        raise ValueError("out of order")


async def test_a_redirect_to_no_address_is_told(api: Api, run) -> None:
    api.answer("/posts/ada", lambda _: Response(b"", 302, {"location": "https://[nowhere/"}))
    (source,) = await run(Plaza(api.url))
    assert (source.state, source.reason) == ("broken", "HTTP 302")
