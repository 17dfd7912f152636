"""A loopback server before a search node, made of functions that pass on or answer themselves.

Each `Middle` gets a request and the rest of the way to the node, and gives the answer; `front`
puts them in a row, the first outermost.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

VENDORED = "application/vnd.elasticsearch+"
PRODUCT = "x-elastic-product"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def bulk(self) -> bool:
        return urlsplit(self.path).path.endswith("/_bulk")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    @classmethod
    def of(cls, status: int, document: Any) -> Answer:
        return cls(status, json.dumps(document).encode())

    @property
    def document(self) -> Any:
        return json.loads(self.body)


Send = Callable[[Asked], Answer]
Middle = Callable[[Asked, Send], Answer]


@dataclass
class Front:
    url: str
    asked: list[Asked] = field(default_factory=list)  # in the order in which they came


def as_elastic(asked: Asked, send: Send) -> Answer:
    """What the official clients of 8 and 9 hear from a server of theirs: its product's header, and
    their own names of JSON, which an older node knows under the plain ones."""
    plain = {
        name: value.split(";")[0].replace(VENDORED, "application/") if VENDORED in value else value
        for name, value in asked.headers.items()
    }
    answer = send(replace(asked, headers=plain))
    wanted = asked.headers.get("accept", "")
    kind = answer.headers.get("content-type", "")
    headers = {**answer.headers, PRODUCT: "Elasticsearch"}
    if wanted.startswith(VENDORED) and kind.startswith("application/json"):
        headers["content-type"] = wanted.replace("; ", ";")
    return replace(answer, headers=headers)


def guarded(*allowed: str, forbidden: Iterable[str] = ()) -> Middle:
    """Lets in by the Authorization header: 401 without one of these, 403 for a forbidden one."""

    def guard(asked: Asked, send: Send) -> Answer:
        shown = asked.headers.get("authorization", "")
        if shown in allowed:
            return send(asked)
        known = shown in forbidden
        status, reason = (403, "no permissions") if known else (401, "missing credentials")
        error = {"type": "security_exception", "reason": reason}
        return Answer.of(status, {"error": {**error, "root_cause": [error]}, "status": status})

    return guard


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@contextmanager
def front(upstream: str, *middles: Middle, tls: ssl.SSLContext | None = None) -> Iterator[Front]:
    """A server on a free port that passes what it is asked through the middles to `upstream`."""
    opened = Front("")
    node = Passing(upstream)
    chain: Send = node
    for middle in reversed(middles):
        chain = (lambda m, rest: lambda asked: m(asked, rest))(middle, chain)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(size))
            opened.asked.append(asked)
            given = chain(asked)
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(given.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(given.body)

        def finish(self) -> None:
            node.close()
            super().finish()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

        def log_message(self, format: str, *args: object) -> None:
            """Requests are in `Front.asked`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up, or does not trust the certificate, is told by the client."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    opened.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield opened
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Passing:
    """The node itself, over one connection a thread; 502 where it does not answer."""

    def __init__(self, upstream: str) -> None:
        self._host = urlsplit(upstream).netloc
        self._here = threading.local()

    def __call__(self, asked: Asked) -> Answer:
        connection = self._here.__dict__.setdefault(
            "connection", http.client.HTTPConnection(self._host)
        )
        kept = {k: v for k, v in asked.headers.items() if k not in ("host", "connection")}
        try:
            connection.request(asked.method, asked.path, asked.body or None, kept)
            given = connection.getresponse()
            body = given.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return Answer.of(502, {"error": str(error)})
        told = {name.lower(): value for name, value in given.getheaders()}
        for name in ("content-length", "transfer-encoding", "connection"):
            told.pop(name, None)
        return Answer(given.status, body, told)

    def close(self) -> None:
        """This thread's connection."""
        if connection := self._here.__dict__.pop("connection", None):
            connection.close()


@dataclass(frozen=True)
class Authority:
    """Who signs certificates, for itself only: `ca` is its PEM file."""

    ca: Path
    server: ssl.SSLContext  # of a server on loopback


def authority(folder: Path) -> Authority:
    """A new certificate authority, and what a server on 127.0.0.1 shows that it signed."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        for name in (f"Vigie tests {folder.name}", "127.0.0.1")
    ]
    now = datetime.now(UTC)
    for number, (key, name) in enumerate(zip(keys, names, strict=True)):
        signer = keys[0].public_key()
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False
            )
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(keys[0], hashes.SHA256())
        )
        (folder / f"{number}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "1.key").write_bytes(
        keys[1].private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "1.pem", folder / "1.key")
    return Authority(folder / "0.pem", server)
