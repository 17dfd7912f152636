"""OAuth as each platform speaks it, against the simulated world's, through a real listener."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from browsing import asked, decide, led
from tiny import NAMED

from vigie.clock import SetClock
from vigie.connecting.catalogue import CONNECTIONS
from vigie.connecting.flow import Manner, by_oauth, explained
from vigie.connecting.protocol import Authority, missing
from vigie.connecting.tokens import Token
from vigie.demo.grants import Grants
from vigie.demo.server import Served
from vigie.errors import ConfigError, NotConnected
from vigie.watchlist import Platform

BY_PERSON = [name for name in NAMED if CONNECTIONS[name].ways[0] == "oauth"]
WITH_REFRESH = ["x", "tiktok", "linkedin", "pinterest", "google_analytics"]
Of = Callable[..., Authority]


@pytest.fixture
def of(served: Served, clock: SetClock, grants: Grants) -> Of:
    def of(name: str, *, secret: str | None = "right", **settings: object) -> Authority:
        id, right = grants.app(name)
        url = Platform.model_validate({"url": served.urls[name], **settings})
        app = (id, right if secret == "right" else secret)
        return Authority(CONNECTIONS[name], url, clock, app)

    return of


def connect(authority: Authority, decision: str = "allow", page: str | None = None) -> Token:
    """The flow with a browser that comes back from a thread of its own."""
    pages: list[httpx.Response] = []
    threads: list[threading.Thread] = []

    def show(url: str) -> None:
        threads.append(threading.Thread(target=lambda: pages.append(decide(url, decision))))
        threads[0].start()

    try:
        return by_oauth(authority, Manner("en", show, lambda: "", port=0, wait_s=20), page)
    finally:
        threads[0].join(20)
        assert pages[0].status_code == 200
        assert "code=" not in pages[0].text


@pytest.mark.parametrize("name", BY_PERSON)
def test_a_person_agrees(name: str, of: Of, grants: Grants, clock: SetClock) -> None:
    authority = of(name)
    token = connect(authority)
    now = round(clock.now().timestamp() * 1000)
    assert grants.check(name, token.access, now) is None
    assert token.since == clock.now()
    assert missing(authority.oauth, token.scopes) == ()
    assert (token.scopes is None) == (name == "threads")
    if authority.oauth.pages:
        assert (token.until, token.account) == (None, "Page de la marque (90210000000001)")
        assert token.parent is not None
        assert token.parent != token.access
    else:
        assert token.until is not None
        assert token.until > clock.now() + timedelta(minutes=59)
    assert (token.refresh is not None) == (name in WITH_REFRESH)
    for secret in token.secrets:
        assert secret not in repr(token)


@pytest.mark.parametrize("name", [*WITH_REFRESH, "threads", "instagram"])
def test_a_token_is_renewed(name: str, of: Of, grants: Grants, clock: SetClock) -> None:
    authority = of(name)
    token = connect(authority)
    clock.set(clock.now() + timedelta(minutes=30))
    new = authority.renewed(token)
    now = round(clock.now().timestamp() * 1000)
    assert grants.check(name, new.access, now) is None
    assert grants.check(name, token.access, now) == "lapsed"
    assert (new.since, new.renewed) == (token.since, clock.now())
    assert new.scopes == token.scopes
    if name in ("x", "tiktok", "pinterest"):  # each use gives another
        assert new.refresh != token.refresh
        with pytest.raises(NotConnected) as refused:
            authority.renewed(token)
        assert refused.value.kind == "grant"
    else:
        assert new.refresh == token.refresh
    assert authority.renewed(new).access != new.access


@pytest.mark.parametrize("name", [*WITH_REFRESH, "threads", "instagram"])
def test_a_revoked_approval_is_told(name: str, of: Of, grants: Grants) -> None:
    authority = of(name)
    token = connect(authority)
    grants.revoke(name)
    with pytest.raises(NotConnected) as refused:
        authority.renewed(token)
    assert refused.value.kind == "grant"


@pytest.mark.parametrize("name", ["reddit", "tiktok"])
def test_an_app_for_itself(name: str, of: Of, grants: Grants, clock: SetClock) -> None:
    authority = of(name)
    token = authority.of_app()
    now = round(clock.now().timestamp() * 1000)
    assert grants.check(name, token.access, now) is None
    assert (token.way, token.refresh) == ("app", None)
    assert authority.renewed(token).access != token.access


@pytest.mark.parametrize("name", BY_PERSON)
def test_a_person_says_no(name: str, of: Of) -> None:
    with pytest.raises(NotConnected) as refused:
        connect(of(name), "deny")
    assert refused.value.kind == "denied"
    for lang, words in (("fr", "refusé"), ("en", "refused")):
        told = explained(refused.value, CONNECTIONS[name], lang)
        assert words in told.what
        assert CONNECTIONS[name].where in told.do


@pytest.mark.parametrize("name", ["x", "linkedin"])
def test_an_approval_that_the_app_lacks_is_named(name: str, of: Of, grants: Grants) -> None:
    lacking = CONNECTIONS[name].oauth.scopes[0]  # type: ignore[union-attr]
    grants.refusing[name] = frozenset({lacking})
    with pytest.raises(NotConnected) as refused:
        connect(of(name))
    told = explained(refused.value, CONNECTIONS[name], "en")
    assert (told.kind, lacking in told.what) == ("scope", True)
    assert CONNECTIONS[name].approval.en in told.do


@pytest.mark.parametrize("name", ["tiktok", "instagram", "pinterest"])
def test_a_scope_that_was_not_given_is_missing(name: str, of: Of, grants: Grants) -> None:
    authority = of(name)
    lacking = authority.oauth.scopes[-1]
    grants.refusing[name] = frozenset({lacking})
    assert missing(authority.oauth, connect(authority).scopes) == (lacking,)


@pytest.mark.parametrize("name", BY_PERSON)
def test_a_wrong_secret_is_told_and_not_told(name: str, of: Of) -> None:
    with pytest.raises(NotConnected) as refused:
        connect(of(name, secret="wrong-secret-of-ours"))
    assert refused.value.kind in ("app", "grant")
    assert "wrong-secret" not in str(refused.value)
    if name not in ("instagram", "facebook", "meta", "threads", "pinterest"):
        assert refused.value.kind == "app"


def test_x_takes_an_app_without_a_secret(of: Of) -> None:
    assert connect(of("x", secret=None)).refresh


@pytest.mark.parametrize("name", ["x", "tiktok", "google_analytics"])
def test_a_code_is_good_for_who_asked_only(name: str, of: Of) -> None:
    authority, redirect = of(name), "http://127.0.0.1:9/callback"
    url = authority.question(redirect, "s1", "verifier-of-the-right-one-" * 2)
    given = asked(led(url))
    assert given["state"] == "s1"
    with pytest.raises(NotConnected) as refused:
        authority.redeem(given["code"], redirect, "verifier-of-another-" * 3)
    assert refused.value.kind == "grant"
    assert given["code"] not in str(refused.value)


def test_a_code_is_good_once(of: Of) -> None:
    authority, redirect = of("pinterest"), "http://localhost:9/callback"
    code = asked(led(authority.question(redirect, "s1", None)))["code"]
    authority.redeem(code, redirect, None)
    with pytest.raises(NotConnected):
        authority.redeem(code, redirect, None)


def test_the_question_holds_what_each_platform_wants(of: Of) -> None:
    x = asked(of("x").question("http://127.0.0.1:9/callback", "s", "v" * 50))
    assert (x["code_challenge_method"], len(x["code_challenge"])) == ("S256", 43)
    assert x["scope"] == "tweet.read users.read offline.access"
    tiktok = asked(of("tiktok").question("http://127.0.0.1:9/callback", "s", "v" * 50))
    assert "client_id" not in tiktok
    assert (tiktok["client_key"], len(tiktok["code_challenge"])) == ("tiktok-app", 64)  # hex
    google = asked(of("google_analytics").question("http://127.0.0.1:9/", "s", "v" * 50))
    assert (google["access_type"], google["prompt"]) == ("offline", "consent")
    assert "code_challenge" not in asked(of("linkedin").question("http://localhost:9/", "s", None))


def test_addresses_are_the_platforms_or_a_stand_ins(clock: SetClock) -> None:
    x = CONNECTIONS["x"]
    real = Authority(x, Platform(), clock, ("a", "b"))
    assert real.place(real.oauth.token) == "https://api.x.com/2/oauth2/token"
    moved = Authority(x, Platform(url="http://a/x", auth_url="http://b/y/"), clock, ("a", "b"))
    assert moved.place(moved.oauth.token) == "http://b/y/2/oauth2/token"
    graph = Authority(CONNECTIONS["meta"], Platform(api_version="v30.0"), clock, ("a", "b"))
    assert graph.place(graph.oauth.pages) == (
        "https://graph.facebook.com/v30.0/me/accounts?fields=id,name,access_token"
    )


def test_a_page_is_chosen_by_its_id(of: Of) -> None:
    assert connect(of("facebook"), page="90210000000001").account
    with pytest.raises(ConfigError) as refused:
        connect(of("facebook"), page="1")
    assert "90210000000001 (Page de la marque)" in str(refused.value)


def test_an_https_redirect_is_pasted(of: Of, clock: SetClock) -> None:
    redirect, urls = "https://lueur.example/callback", []
    authority = of("threads")
    manner = Manner("en", urls.append, lambda: led(urls[0]), redirect=redirect)
    assert by_oauth(authority, manner).access
    other = Manner("en", lambda url: None, lambda: f"{redirect}?code=a&state=b", redirect=redirect)
    with pytest.raises(NotConnected, match="not the address"):
        by_oauth(authority, other)
    real = Authority(CONNECTIONS["threads"], Platform(), clock, ("a", "b"))
    with pytest.raises(ConfigError, match="https redirects"):
        by_oauth(real, Manner("en", lambda url: None, lambda: ""))


def test_forgetting_tells_the_platform(of: Of, grants: Grants, clock: SetClock) -> None:
    for name in ("x", "tiktok", "linkedin", "google_analytics"):
        authority = of(name)
        token = connect(authority)
        assert authority.revoke(token)
        assert grants.check(name, token.access, round(clock.now().timestamp() * 1000)) == "revoked"
    assert not of("pinterest").revoke(connect(of("pinterest")))  # has no call for it


@pytest.fixture(scope="module")
def account_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("account") / "account.json"
    told = {"type": "service_account", "client_email": "veille@lueur.example",
            "private_key_id": "k1", "private_key": pem.decode()}  # fmt: skip
    path.touch(0o600)
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_a_service_account_needs_no_person(of: Of, grants: Grants, account_file: Path) -> None:
    authority = of("google_analytics")
    token = authority.of_file(account_file)
    assert (token.way, token.account) == ("file", "veille@lueur.example")
    assert authority.renewed(token).access != token.access
    assert "PRIVATE" not in token.model_dump_json()


def test_a_service_account_that_others_can_read_is_refused(of: Of, account_file: Path) -> None:
    authority = of("google_analytics")
    for change, told in (
        (lambda: account_file.chmod(0o644), "chmod 600"),
        (lambda: (account_file.chmod(0o600), account_file.write_text("{")), "no JSON"),
        (lambda: account_file.write_text('{"client_email": "a"}'), "no service account"),
        (lambda: account_file.write_text('{"client_email": "a", "private_key": "b"}'), "cannot be"),
        (lambda: account_file.unlink(), "cannot be read"),
    ):
        change()
        with pytest.raises(ConfigError, match=told):
            authority.of_file(account_file)


def test_the_worlds_tokens_hold_lapse_and_are_withdrawn(grants: Grants, clock: SetClock) -> None:
    """What the door asks of them."""
    now = round(clock.now().timestamp() * 1000)
    token = grants.issue("x", now).access
    assert grants.check("x", token, now) is None
    assert grants.check("pinterest", token, now) == "lapsed"  # another platform's
    assert grants.check("x", "", now) == "missing"
    assert grants.check("x", token, now + 2 * 3_600_000) == "lapsed"
    grants.withhold("x")
    assert grants.check("x", token, now) == "unapproved"
    grants.revoke("x")
    assert grants.check("x", token, now) == "revoked"
    grants.admit("youtube", "AIza-key")
    assert grants.check("youtube", "AIza-key", now + 10**12) is None
    assert Grants().issue("x", now).access == token  # the same world gives the same
    assert Grants(8).issue("x", now).access != token
