"""Untrusted text stays text; the policy holds; who has no token stays out."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from vigie.addresses import web
from vigie.explorer.app import create_app
from vigie.explorer.render import marked
from vigie.explorer.serving import is_loopback
from vigie.workspace import Workspace

from .reading import Page

HOSTILE = (
    "/posts?q=brioche&period=all",
    "/posts?author=mastodon:%22%3E%3Cscript%3E&period=all",
    "/posts?q=%3Cscript%3Ealert(9)%3C/script%3E",
    '/posts?brand="><script>alert(9)</script>&topic=<b>&sort=<b>&page=<b>',
    "/posts/mastodon:evil%22%3E%3Cscript%3E",
    "/influencers/mastodon:did:person2",
    "/brands/levaine?period=28d",
    "/trends/trend:brioche",
    "/sources",
    "/?panel=post/mastodon:evil%22%3E%3Cscript%3E",
    "/?panel=posts%3Fq%3D%253Cscript%253E",
    '/?panel="><script>alert(9)</script>',
    "/?period=<script>alert(9)</script>",
)


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_text_is_shown_and_never_run(client: TestClient, path: str) -> None:
    page = Page(client.get(path).text)
    assert [a["src"].split("?")[0] for a in page.all("script")] == [
        "/static/lib/htmx.min.js",
        "/static/lib/charts.min.js",
        "/static/explorer.js",
    ]
    for tag, attributes in page.elements:
        assert tag not in ("i", "b") or not attributes.get("onmouseover")
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "action", "formaction"):
            value = attributes.get(name, "").strip().lower()
            assert not value.startswith(("javascript:", "data:", "vbscript:")), (tag, value)
    assert not page.all("img")


def test_the_hostile_post_is_readable(client: TestClient) -> None:
    text = Page(client.get("/posts?q=brioche%20textarea&period=all").text).text
    assert '<script>alert("x")</script> <img src=x onerror=alert(1)>' in text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/p", "https://a.example/p"),
        ("HTTP://a.example", "HTTP://a.example"),
        ("javascript:alert(1)", ""),
        (" java\nscript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("file:///etc/passwd", ""),
        ("//elsewhere.example", ""),
        ("https:///nohost", ""),
        ("http://[broken", ""),
        (None, ""),
    ],
)
def test_only_web_addresses_become_links(url: str | None, kept: str) -> None:
    assert web(url) == kept


def test_only_marks_are_markup() -> None:
    assert marked("a <mark>b</mark> &lt;i&gt;") == Markup("a <mark>b</mark> &lt;i&gt;")
    assert marked("<mark><script></mark><img src=x>") == Markup(
        "<mark>&lt;script&gt;</mark>&lt;img src=x&gt;"
    )
    assert "<mark" not in marked("</mark>x<mark").replace("&lt;mark", "")


def test_a_strict_policy_stands_on_every_answer(client: TestClient) -> None:
    for path in ("/", "/static/explorer.css", "/nowhere", "/healthz", "/posts?q=(", "/export.csv"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_vendored_files_are_what_they_were() -> None:
    folder = files("vigie.explorer") / "static" / "lib"
    sums = (folder / "SHA256SUMS").read_text().split()
    assert sums[1::2] == ["htmx.min.js", "charts.min.js"]
    for digest, name in zip(sums[::2], sums[1::2], strict=True):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    licences = (folder / "LICENSES.txt").read_text()
    for name in ("htmx.org", "vega ", "vega-lite", "vega-interpreter", "d3-"):
        assert name in licences


def test_without_a_token_only_this_machine_is_answered(workspace: Workspace) -> None:
    app = create_app(workspace)
    for host in ("127.0.0.1:8765", "localhost", "[::1]:8765"):
        assert TestClient(app).get("/healthz", headers={"host": host}).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::2]"):
        assert TestClient(app).get("/", headers={"host": host}).status_code == 421


def test_a_token_opens_once_and_stays_as_a_cookie(workspace: Workspace) -> None:
    app = create_app(workspace, token="s3cret-é")
    client = TestClient(app, base_url="http://vigie.example", follow_redirects=False)
    assert client.get("/").status_code == 401
    assert client.get("/?token=wrong").status_code == 401
    assert client.get("/healthz").status_code == 200
    assert client.get("/static/explorer.css").status_code == 401
    right = client.get("/trends?token=s3cret-%C3%A9&lang=en")
    assert right.status_code == 303
    assert right.headers["location"] == "/trends?lang=en"
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get("/trends").status_code == 200
    bare = TestClient(app, base_url="http://vigie.example")
    assert bare.get("/", headers={"authorization": "Bearer s3cret"}).status_code == 401
    aside = client.get("http://vigie.example//elsewhere.example/?token=s3cret-%C3%A9")
    assert aside.headers["location"].startswith("/elsewhere")


def test_loopback_is_told_from_elsewhere() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "[::1]", "127.9.9.9")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.4", "vigie.example", "")))
