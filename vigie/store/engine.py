"""The seam to a search engine: one function that asks, whatever client is behind it.

`open_engine` gives an `Engine` over opensearch-py, which serves OpenSearch 2 and 3 and
Elasticsearch 7.10 and 8 alike, or over the official `elasticsearch` client for teams that want it.
A server that is busy or away is asked again with growing waits; what it refuses is a `Refused` that
tells status and type, never a key or a password.
"""

from __future__ import annotations

import base64
import logging
import random
import re
import ssl
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from vigie.errors import ConfigError, StoreError

BUSY = (429, 502, 503, 504)
FULL = "too_many_buckets"  # no busy server, but a question that is too wide, whatever the status
TRIES = 9
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 5.0
TIMEOUT_S = 90.0
CONNECTIONS = 16  # kept open to a node: threads ask at the same time
USER, PASSWORD, API_KEY = (
    "VIGIE_OPENSEARCH_USER", "VIGIE_OPENSEARCH_PASSWORD", "VIGIE_OPENSEARCH_API_KEY",
)  # fmt: skip
URL = "VIGIE_OPENSEARCH_URL"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Access:
    """Where a cluster is and how one is let in. Its text shows no secret."""

    urls: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca: Path | None = None  # certificate authority of the cluster, PEM; None: the system's
    client: str = "opensearch"  # or "elasticsearch"
    timeout_s: float = TIMEOUT_S


class Unreachable(StoreError):
    """No node of the cluster answers, or all are too busy, after all tries."""


class Refused(StoreError):
    """The server refuses a request: its HTTP status, and the type that it names."""

    def __init__(self, what: str, *, status: int, kind: str, where: str, do: str = "") -> None:
        super().__init__(what, where=where, do=do)
        self.status = status
        self.kind = kind


class Transport(Protocol):
    """One request to any node: the answer's body. Raises Away or Refused."""

    def send(
        self, method: str, path: str, params: Mapping[str, str], body: bytes | None, ndjson: bool
    ) -> Any: ...

    def close(self) -> None: ...


class Away(Exception):
    """A node does not answer, or is too busy just now; its text says why."""


# What a busy server names → what to do about it.
FLOOD = "read-only-allow-delete"
_REMEDIES = {
    FLOOD: "a disk of the cluster is nearly full: free space on its nodes, which lifts the block, "
    "then run this again: what was written stays",
    "circuit_breaking": "the nodes' memory is full: give them more heap, or run fewer workers at "
    "a time, then run this again: what was written stays",
}


def remedy(reason: str) -> str:
    """What to do about a cluster that puts off what it is asked, by the reason that it gives."""
    for name, do in _REMEDIES.items():
        if name in reason:
            return do
    return "see whether the cluster runs and has room, then run this again: what was written stays"


class Engine:
    """Requests to a cluster, patiently."""

    def __init__(self, transport: Transport, where: str) -> None:
        self._transport = transport
        self.where = where

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        ok: Collection[int] = (),
    ) -> Any:
        """The answer's JSON; None for a status in `ok`. `body`: JSON, or lines of NDJSON as bytes.
        Raises Refused, Unreachable."""
        sent = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        wait = FIRST_WAIT_S
        for tried in range(1, TRIES + 1):
            try:
                return self._transport.send(
                    method, path, params or {}, sent, isinstance(body, bytes)
                )
            except Away as reason:
                if tried == TRIES:
                    raise Unreachable(
                        f"no answer after {tried} tries: {reason}",
                        where=self.where,
                        do=remedy(str(reason)),
                    ) from reason
                logger.info("%s: %s, asked again in %.1f s", self.where, reason, wait)
            except Refused as error:
                if error.status in ok:
                    return None
                raise
            rest(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)
        raise AssertionError

    def close(self) -> None:
        self._transport.close()


def rest(seconds: float) -> None:
    """Leaves a busy server alone for about that long; workers do not come back all at once."""
    time.sleep(seconds * random.uniform(0.7, 1.3))


def open_engine(access: Access) -> Engine:
    """The engine behind an address; asks nothing yet. Raises ConfigError for an address, a
    certificate or a pair of secrets that cannot be read."""
    for url in access.urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not _has_port(url):
            raise ConfigError("no address of a cluster", where=URL, do="write http://host:9200")
        if parts.username or parts.password:
            raise ConfigError(
                "a password stands in the address", where=URL, do=f"set {USER} and {PASSWORD}"
            )
    if (access.user is None) != (access.password is None):
        raise ConfigError("user and password go together", where=".env", do=f"{USER}, {PASSWORD}")
    if access.client == "elasticsearch":
        from vigie.store.elastic_client import ElasticTransport

        transport: Transport = ElasticTransport(access)
    else:
        transport = OpenSearchTransport(access)
    return Engine(transport, ", ".join(access.urls))


def _has_port(url: str) -> bool:
    """Whether its port, if it names one, can be one."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def authorization(access: Access) -> dict[str, str]:
    """The header that lets in; user and password as UTF-8, as the servers read them."""
    if access.api_key is not None:
        return {"authorization": f"ApiKey {access.api_key}"}
    if access.user is not None:
        pair = base64.b64encode(f"{access.user}:{access.password}".encode()).decode()
        return {"authorization": f"Basic {pair}"}
    return {}


def tls_of(access: Access) -> ssl.SSLContext | None:
    """What a cluster's certificate is held against; None for plain HTTP. Raises ConfigError."""
    if not any(url.startswith("https:") for url in access.urls):
        return None
    try:
        return ssl.create_default_context(cafile=None if access.ca is None else str(access.ca))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"cannot read the certificate: {error}", where=str(access.ca), do="a PEM file"
        ) from error


def refused(status: int, answer: Any, where: str) -> Refused:
    """A server's refusal in words."""
    kind, reason = _reason(answer)
    do = {
        401: f"set {USER} and {PASSWORD}, or {API_KEY}",
        403: "this user needs more rights: docs/operate.md",
        413: "raise http.max_content_length of the cluster",
    }.get(status, "")
    do = _ADVICE.get(kind, do)
    told = ": ".join(part for part in (kind, reason[:300]) if part) or "no reason given"
    return Refused(f"HTTP {status}, {told}", status=status, kind=kind, where=where, do=do)


_ADVICE = {"repository_missing_exception": "register it in the cluster: PUT /_snapshot/NAME"}


def busy(status: int, answer: Any) -> Away:
    """A server that is too busy, in its own words."""
    told = ": ".join(part for part in _reason(answer) if part)[:300]
    return Away(f"HTTP {status}, {told}" if told else f"HTTP {status}")


def unheard(error: BaseException, *causes: object) -> Away:
    """A server that does not answer: the client's error, and the system's word for it."""
    seen: list[object] = [error, *causes]
    for one in seen:  # grows on the way
        if isinstance(one, OSError) and one.strerror:
            return Away(f"{type(error).__name__}: {one.strerror}")
        deeper = (getattr(one, name, None) for name in ("reason", "__cause__", "__context__"))
        seen += [two for two in deeper if isinstance(two, BaseException) and two not in seen]
    return Away(type(error).__name__)


def distrusted(error: object, where: str) -> StoreError | None:
    """What is wrong with a cluster's TLS, for good; None where it may be there the next time."""
    told = str(error)
    if "CERTIFICATE" in told.upper():
        why = re.search(r"certificate verify failed: ([^(]+?)\.? *\(", told)
        return StoreError(
            f"the cluster's certificate is not trusted{f': {why[1]}' if why else ''}",
            where=where,
            do='[store] ca = "the PEM file of its authority", and in url the name that the '
            "certificate is for",
        )
    if any(sign in told for sign in ("WRONG_VERSION_NUMBER", "RECORD_LAYER", "HTTP_REQUEST")):
        return StoreError("it speaks no TLS", where=where, do="write http:// instead of https://")
    return None


def _reason(answer: Any) -> tuple[str, str]:
    """The type and the reason that an error answer names; "" where it names none."""
    error = answer.get("error") if isinstance(answer, Mapping) else None
    if isinstance(error, str):
        return "", error
    if not isinstance(error, Mapping):
        return "", ""
    causes: Sequence[Any] = error.get("root_cause") or ()
    first = next((one for one in (*causes, error.get("caused_by")) if one), error)
    kind, reason = (str(first.get(name) or error.get(name) or "") for name in ("type", "reason"))
    return kind, reason


class OpenSearchTransport:
    """opensearch-py; it tries each node once: `Engine` is the patient one."""

    def __init__(self, access: Access) -> None:
        from opensearchpy import JSONSerializer, Transport, Urllib3HttpConnection

        class Lines(JSONSerializer):
            """Answers read by orjson."""

            def loads(self, s: Any) -> Any:
                return orjson.loads(s)

        hosts = []
        for url in access.urls:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 9200)
            host = {"host": parts.hostname, "port": port, "scheme": parts.scheme}
            if parts.path.strip("/"):
                host["url_prefix"] = parts.path.strip("/")
            hosts.append(host)
        options: dict[str, Any] = {}
        if context := tls_of(access):
            options["ssl_context"] = context
        logging.getLogger("opensearch").setLevel(logging.ERROR)  # it logs what is asked again
        self._where = ", ".join(access.urls)
        self._transport = Transport(
            hosts,
            connection_class=Urllib3HttpConnection,
            serializer=Lines(),
            max_retries=len(hosts) - 1,  # the other nodes, at once
            retry_on_status=(),
            timeout=access.timeout_s,
            dead_timeout=1,
            pool_maxsize=CONNECTIONS,
            headers=authorization(access),
            maxsize=16,
            **options,
        )

    def send(
        self, method: str, path: str, params: Mapping[str, str], body: bytes | None, ndjson: bool
    ) -> Any:
        from opensearchpy.exceptions import ConnectionError, SerializationError, TransportError

        kind = "application/x-ndjson" if ndjson else "application/json"
        headers = {} if body is None else {"content-type": kind}
        try:
            return self._transport.perform_request(
                method, path, params=dict(params), body=body, headers=headers
            )
        except ConnectionError as error:
            if told := distrusted(error.error, self._where):
                raise told from error
            raise unheard(error, error.info) from error
        except TransportError as error:
            if error.status_code in BUSY and FULL not in str(error.info):
                raise busy(int(error.status_code), error.info) from error
            raise refused(int(error.status_code), error.info, self._where) from error
        except (SerializationError, ValueError) as error:
            raise Away("an answer that cannot be read") from error

    def close(self) -> None:
        self._transport.close()
