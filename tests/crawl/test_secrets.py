"""Keys are filled in when a call is made, and are in nothing that is kept or written."""

from __future__ import annotations

import logging

import pytest
from plaza import Api, Plaza
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from vigie.landing import Landing, to_line
from vigie.masking import Secrets, mask_url

KEY = "sk-8f3a/2b+c1"
ENVIRON = {"PLAZA_TOKEN": KEY}


class Locked(Plaza):
    def __init__(self, url: str, **options) -> None:
        headers = {"Authorization": "Bearer ${PLAZA_TOKEN}"}
        super().__init__(url, requires=("PLAZA_TOKEN",), headers=headers, **options)


async def test_a_missing_key_is_named_and_nothing_is_asked(api: Api, run) -> None:
    (source,) = await run(Locked(api.url))
    assert (source.state, source.reason) == ("skipped", "missing key: PLAZA_TOKEN")
    assert api.hits == []


@pytest.mark.parametrize("runner", ["in-process", "subprocess"])
async def test_a_platform_that_is_denied_is_broken_and_not_asked(api: Api, run, runner) -> None:
    """Its token is void: that goes before a key that is missing for this very reason."""
    other = Plaza(api.url, name="other")
    api.posts = {"ada": [1]}
    denied = {"plaza": "approval revoked"}
    sources = await run(Locked(api.url), other, denied=denied, runner=runner)
    told = {source.platform: (source.state, source.reason) for source in sources}
    assert told == {"plaza": ("broken", "approval revoked"), "other": ("ok", None)}
    assert len(api.hits) == 1


async def test_a_key_reaches_the_platform_and_nothing_else(
    api: Api, run, landing: Landing, landed, store, caplog
) -> None:
    """The token comes back in a link, a header and an address, as some platforms do."""
    from urllib.parse import quote

    caplog.set_level(logging.DEBUG)
    logging.getLogger("scrapy").setLevel(logging.DEBUG)

    def echo(request):
        body = {"posts": [{"id": "1", "text": f"lien ?access_token={quote(KEY, safe='')} {KEY}"}]}
        return JSONResponse(body, headers={"link": f"<{api.url}/?t={KEY}>", "x-token": KEY})

    api.answer("/posts/ada", PlainTextResponse("oops", 503), echo)
    query = "&access_token=${PLAZA_TOKEN}&key=abcdefgh"
    (source,) = await run(Locked(api.url, query=query), environ=ENVIRON)
    logging.getLogger("scrapy").setLevel(logging.WARNING)
    assert source.state == "ok"
    assert api.hits[0].headers["authorization"] == f"Bearer {KEY}"
    assert quote(KEY, safe="") in api.hits[0].query or KEY in api.hits[0].query
    assert "/posts/ada" in caplog.text
    (answer,) = landed()
    kept = to_line(answer).decode() + source.model_dump_json() + caplog.text
    for form in (KEY, quote(KEY, safe=""), "abcdefgh"):
        assert form not in kept
    assert answer.request_url.endswith("?page=1&access_token=***&key=***")
    assert set(answer.headers) <= {"content-type", "link", "date"}
    files = [path for path in landing.folder.parent.rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in path.read_bytes() for path in files)


async def test_a_key_does_not_follow_a_redirect(api: Api, run) -> None:
    api.answer("/posts/ada", RedirectResponse("/elsewhere"))
    (source,) = await run(Locked(api.url), environ=ENVIRON)
    assert (source.state, source.reason) == ("broken", "HTTP 307")
    assert [hit.path for hit in api.hits] == ["/posts/ada"]


async def test_a_key_that_is_optional_is_left_out(api: Api, run) -> None:
    class Open(Plaza):
        keys = ("PLAZA_TOKEN",)

    api.posts = {"ada": [1]}
    crawler = Open(api.url, headers={"Authorization": "Bearer ${PLAZA_TOKEN}"})
    (source,) = await run(crawler)
    assert source.state == "ok"
    assert "authorization" not in api.hits[0].headers
    await run(crawler, environ=ENVIRON)
    assert api.hits[1].headers["authorization"] == f"Bearer {KEY}"


async def test_an_error_of_a_crawler_tells_no_key(api: Api, run) -> None:
    class Leaking(Locked):
        def next(self, answer, target, cursor):
            raise ValueError(f"no page after {KEY}")

    api.posts = {"ada": [1]}
    (source,) = await run(Leaking(api.url), environ=ENVIRON)
    assert source.reason == "crawler error: ValueError: no page after ***"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://a.example/x?page=2&q=caf%C3%A9+noir", None),
        ("https://a.example/x?pageToken=CAUQAA&next_token=b26v", None),
        ("https://a.example/x?KEY=AIza123", "https://a.example/x?KEY=***"),
        ("https://u:p@a.example/x?q=1", "https://a.example/x?q=1"),
        ("https://[half?key=AIza123", "https://***"),
        ("https://a.example/?access_token=E%2BA&after=Q", "https://a.example/?access_token=***&after=Q"),
    ],
)  # fmt: skip
def test_addresses(url: str, masked: str | None) -> None:
    assert mask_url(url) == (masked or url)


def test_short_values_mask_nothing() -> None:
    assert Secrets(["A"], {"A": "fr"}).mask("français") == "français"
