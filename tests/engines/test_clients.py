"""Both clients behind the seam: the same answers, refusals in words, secrets kept."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from front import (
    PRODUCT,
    VENDORED,
    Answer,
    Asked,
    Authority,
    Front,
    Send,
    authority,
    basic,
    front,
    guarded,
)
from nodes import Cluster, free_ports

from vigie.errors import ConfigError, StoreError
from vigie.store import engine as seam
from vigie.store.engine import FLOOD, Access, Engine, Refused, Unreachable, open_engine
from vigie.store.naming import Names
from vigie.store.preparing import prepare

CLIENTS = ("opensearch", "elasticsearch")
engines = pytest.mark.engines


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def asking(client: str, server: Cluster, elastic: Front) -> Iterator[Engine]:
    """A real node through either client."""
    url = server.url if client == "opensearch" else elastic.url
    opened = open_engine(Access((url,), client=client))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca") / "trusted")


@pytest.fixture(autouse=True)
def brief_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seam, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(seam, "LONGEST_WAIT_S", 0.1)


def here(asked: Asked, send: Send) -> Answer:
    """A server of no engine, for what needs none."""
    answer = Answer.of(200, {"ok": True})
    answer.headers[PRODUCT] = "Elasticsearch"
    return answer


@engines
def test_the_same_answers(asking: Engine, prefix: str) -> None:
    place = f"/{prefix}-posts"
    assert asking.request("HEAD", place) is False
    lines = "".join(f'{{"index":{{"_id":"{n}"}}}}\n{{"n":{n},"text":"été 🔥"}}\n' for n in range(9))
    done = asking.request("POST", f"{place}/_bulk", params={"refresh": "true"}, body=lines.encode())
    assert [item["index"]["status"] for item in done["items"]] == [201] * 9
    assert asking.request("HEAD", place) is True
    body = {"query": {"range": {"n": {"gte": 5}}}, "sort": ["n"], "size": 2}
    found = asking.request("POST", f"{place}/_search", body=body)
    assert [hit["_source"] for hit in found["hits"]["hits"]] == [
        {"n": 5, "text": "été 🔥"},
        {"n": 6, "text": "été 🔥"},
    ]
    assert type(found) is dict
    counted = asking.request("GET", f"/_cat/count{place}", params={"h": "count", "format": "json"})
    assert counted == [{"count": "9"}]
    asking.request("DELETE", place)
    assert asking.request("GET", place, ok=(404,)) is None


@engines
def test_the_same_refusals(asking: Engine, prefix: str) -> None:
    with pytest.raises(Refused, match="index_not_found_exception") as missing:
        asking.request("GET", f"/{prefix}-none/_search")
    assert (missing.value.status, missing.value.kind) == (404, "index_not_found_exception")
    with pytest.raises(Refused, match="HTTP 400") as wrong:
        asking.request("POST", "/_search", body={"query": {"guess": {}}})
    assert (wrong.value.status, wrong.value.kind) == (400, "parsing_exception")


@engines
def test_the_official_client_speaks_its_own_media_types(elastic: Front) -> None:
    before = len(elastic.asked)
    asking = open_engine(Access((elastic.url,), client="elasticsearch"))
    asking.request("POST", "/_search", body={"size": 0})
    asking.close()
    headers = elastic.asked[before].headers
    assert headers["accept"].startswith(f"{VENDORED}json; compatible-with=")
    assert headers["content-type"].startswith(f"{VENDORED}json; compatible-with=")


@engines
def test_the_official_client_refuses_another_server(server: Cluster) -> None:
    asking = open_engine(Access((server.url,), client="elasticsearch"))
    with pytest.raises(StoreError) as told:
        asking.request("GET", "/")
    assert "client" in told.value.do
    asking.close()


def test_a_key_or_a_password_opens(client: str, trusted: Authority) -> None:
    ways = {
        basic("ana", "p4ss-é"): Access((), user="ana", password="p4ss-é"),
        "ApiKey a2V5": Access((), api_key="a2V5"),
    }
    with front("", guarded(*ways), here, tls=trusted.server) as opened:
        for access in ways.values():
            asking = reach(opened, access, client, trusted.ca)
            assert asking.request("GET", "/") == {"ok": True}
            asking.close()


@pytest.mark.parametrize(
    ("access", "status", "do"),
    [
        (Access(()), 401, "VIGIE_OPENSEARCH_USER"),
        (Access((), user="ana", password="s3cret-password"), 401, "VIGIE_OPENSEARCH_PASSWORD"),
        (Access((), api_key="c2VjcmV0LWtleQ=="), 401, "VIGIE_OPENSEARCH_API_KEY"),
        (Access((), user="eve", password="s3cret-password"), 403, "needs more rights"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_set_and_no_secret(
    client: str,
    trusted: Authority,
    access: Access,
    status: int,
    do: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    door = guarded("Basic right", forbidden=[basic("eve", "s3cret-password")])
    with front("", door, here, tls=trusted.server) as opened:
        asking = reach(opened, access, client, trusted.ca)
        with pytest.raises(Refused) as told:
            asking.request("GET", "/")
        asking.close()
    assert told.value.status == status
    assert do in told.value.do
    shown = "".join(traceback.format_exception(told.value)) + caplog.text + repr(access)
    shown += repr(told.value) + repr(asking)
    secrets = (access.password, access.api_key, basic("eve", "s3cret-password")[6:])
    assert not [secret for secret in secrets if secret and secret in shown]


def test_another_authority_is_not_trusted(
    client: str, trusted: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    other = authority(tmp_path / "other")
    access = Access((), user="ana", password="s3cret-password")
    with front("", here, tls=trusted.server) as opened:
        for ca in (other.ca, None):
            asking = reach(opened, access, client, ca)
            with pytest.raises(StoreError, match="certificate is not trusted") as told:
                asking.request("GET", "/")
            asking.close()
            assert "[store] ca" in told.value.do
            assert "s3cret" not in "".join(traceback.format_exception(told.value)) + caplog.text
        assert not opened.asked  # nothing was sent to who could not be trusted


def test_a_certificate_for_another_name_is_told(client: str, trusted: Authority) -> None:
    with front("", here, tls=trusted.server) as opened:
        named = (opened.url.replace("127.0.0.1", "localhost"),)
        asking = open_engine(Access(named, ca=trusted.ca, client=client))
        with pytest.raises(StoreError, match="not trusted: Hostname mismatch") as told:
            asking.request("GET", "/")
        assert "the name that the certificate is for" in told.value.do
        asking.close()


@pytest.mark.parametrize("port", ["99999", "abc", "0"])
def test_a_port_that_is_none(client: str, port: str) -> None:
    with pytest.raises(ConfigError, match="no address of a cluster"):
        open_engine(Access((f"http://127.0.0.1:{port}",), client=client))


@pytest.mark.parametrize(
    ("kind", "reason", "do"),
    [
        ("circuit_breaking_exception", "[parent] Data too large", "more heap"),
        ("cluster_block_exception", f"index has {FLOOD} block", "free space"),
        ("rejected_execution_exception", "queue is full", "has room"),
    ],
)
def test_a_cluster_that_is_too_busy_says_why(client: str, kind: str, reason: str, do: str) -> None:
    error = {"type": kind, "reason": reason}
    answer = Answer.of(429, {"error": {**error, "root_cause": [error]}, "status": 429})
    answer.headers[PRODUCT] = "Elasticsearch"
    with front("", lambda asked, send: answer) as opened:
        asking = open_engine(Access((opened.url,), client=client))
        with pytest.raises(Unreachable, match="HTTP 429, ") as told:
            asking.request("GET", "/")
        asking.close()
    assert reason in told.value.what
    assert do in told.value.do


def test_a_server_that_is_no_search_engine_is_told(client: str) -> None:
    with front("", here) as opened:
        for read_only in (True, False):
            asking = open_engine(Access((opened.url,), client=client))
            with pytest.raises(StoreError, match="no OpenSearch and no Elasticsearch"):
                prepare(asking, Names("t"), "UTC", read_only=read_only)
            asking.close()


def test_a_certificate_that_cannot_be_read(client: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for ca in (tmp_path / "ca.pem", tmp_path / "none.pem"):
        with pytest.raises(ConfigError, match="cannot read the certificate"):
            open_engine(Access(("https://127.0.0.1:1",), ca=ca, client=client))


def test_plain_http_where_tls_is_spoken(client: str, trusted: Authority) -> None:
    with front("", here) as opened:
        address = opened.url.replace("http:", "https:")
        asking = open_engine(Access((address,), client=client, ca=trusted.ca))
        with pytest.raises(StoreError, match="speaks no TLS") as told:
            asking.request("GET", "/")
        assert "http://" in told.value.do
        asking.close()
    with front("", here, tls=trusted.server) as opened:
        asking = open_engine(Access((opened.url.replace("https:", "http:"),), client=client))
        with pytest.raises(StoreError):
            asking.request("GET", "/")
        asking.close()


def test_one_node_away_is_no_fault(client: str, caplog: pytest.LogCaptureFixture) -> None:
    away = f"http://127.0.0.1:{free_ports(1)[0]}"
    with front("", here) as opened:
        asking = open_engine(Access((away, opened.url), client=client))
        for _ in range(6):
            assert asking.request("GET", "/") == {"ok": True}
        asking.close()
        assert len(opened.asked) == 6
    assert not caplog.records  # nothing to tell


def test_threads_that_ask_at_the_same_time_are_no_fault(
    client: str, caplog: pytest.LogCaptureFixture
) -> None:
    everybody = threading.Barrier(8)

    def together(asked: Asked, send: Send) -> Answer:
        everybody.wait(10)
        return here(asked, send)

    with front("", together) as opened, ThreadPoolExecutor(8) as threads:
        asking = open_engine(Access((opened.url,), client=client))
        told = list(threads.map(lambda _: asking.request("GET", "/"), range(8)))
        asking.close()
    assert told == [{"ok": True}] * 8
    assert not caplog.records  # such as a pool of connections that is full


def test_nobody_answers(client: str) -> None:
    away = f"http://127.0.0.1:{free_ports(1)[0]}"
    asking = open_engine(Access((away,), client=client))
    with pytest.raises(
        Unreachable, match=r"after 9 tries: Connection.*: Connection refused"
    ) as told:
        asking.request("GET", "/")
    assert told.value.where == away
    asking.close()


@pytest.mark.parametrize(
    ("kind", "body"),
    [("application/json", b'{"items": ['), ("text/html", b"<title>Sign in</title>")],
)
def test_an_answer_that_is_none(client: str, kind: str, body: bytes) -> None:
    answer = Answer(200, body, {"content-type": kind})
    with front("", lambda asked, send: answer) as opened:
        asking = open_engine(Access((opened.url,), client=client))
        with pytest.raises(StoreError, match=r"cannot be read|no Elasticsearch"):
            asking.request("GET", "/")
        asking.close()


def reach(opened: Front, access: Access, client: str, ca: Path | None) -> Engine:
    return open_engine(
        Access(
            (opened.url,),
            user=access.user,
            password=access.password,
            api_key=access.api_key,
            ca=ca,
            client=client,
        )
    )
