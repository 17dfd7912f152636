"""A loopback server with the import API of saved objects, in the shapes that OpenSearch Dashboards
2.8 and 2.19 and Kibana 7.10 were seen to answer in. It keeps what it takes, and checks what they
check: the header, the file's name, versions, types, references to patterns and searches."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATH = "/api/saved_objects/_import"
KNOWN = {"visualization": "7.10.0", "dashboard": "7.9.3", "search": "7.9.3",
         "index-pattern": "7.6.0"}  # fmt: skip
CHECKED = ("index-pattern", "search")  # a missing visualization behind a panel is not looked for
Saved = dict[str, Any]


@dataclass
class Kibana:
    """What the server holds and how it behaves."""

    header: str = "osd-xsrf"  # or kbn-xsrf
    versions: dict[str, str] = field(default_factory=lambda: dict(KNOWN))
    user: tuple[str, str] | None = None
    api_key: str | None = None
    base: str = ""  # path below which it answers
    held: dict[tuple[str, str], Saved] = field(default_factory=dict)
    unwilling: set[str] = field(default_factory=set)  # types that it does not know
    locked: set[tuple[str, str]] = field(default_factory=set)  # that it never replaces
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(path)
        self.asked.append(path)
        if parts.path != self.base + PATH:
            return 404, _told(404, "Not Found", "Not Found")
        if self._stranger(headers.get("Authorization")):
            return 401, _told(401, "Unauthorized", "Authentication required")
        if self.header not in headers:
            return 400, _told(400, "Bad Request", f"Request must contain a {self.header} header.")
        name, content = _file(headers["Content-Type"], body)
        if not name.endswith(".ndjson"):
            return 400, _told(400, "Bad Request", f"Invalid file extension .{name.split('.')[-1]}")
        objects = [json.loads(line) for line in content.splitlines() if line.strip()]
        for one in objects:
            newest = self.versions.get(one["type"], "0")
            if _version(one["migrationVersion"].get(one["type"], "0")) > _version(newest):
                what = f"Document {one['id']} has property that belongs to a more recent version"
                return 422, _told(422, "Unprocessable Entity", what)
        return 200, self._import(objects, "true" in parse_qs(parts.query).get("overwrite", ()))

    def _stranger(self, shown: str | None) -> bool:
        if self.api_key:
            return shown != f"ApiKey {self.api_key}"
        if self.user:
            return shown != "Basic " + base64.b64encode(":".join(self.user).encode()).decode()
        return False

    def _import(self, objects: list[Saved], overwrite: bool) -> Saved:
        known = {(one["type"], one["id"]) for one in objects} | set(self.held)
        errors = []
        taken = []
        for one in objects:
            key = (one["type"], one["id"])
            lacks = [
                {"type": ref["type"], "id": ref["id"]}
                for ref in one["references"]
                if ref["type"] in CHECKED and (ref["type"], ref["id"]) not in known
            ]
            error: Saved | None = None
            if one["type"] in self.unwilling:
                error = {"type": "unsupported_type"}
            elif lacks:
                error = {"type": "missing_references", "references": lacks}
            elif key in self.locked or (key in self.held and not overwrite):
                error = {"type": "conflict"}
            if error:
                title = one["attributes"]["title"]
                errors.append({"id": key[1], "type": key[0], "title": title, "error": error})
            else:
                taken.append({"id": key[1], "type": key[0], "overwrite": key in self.held})
                self.held[key] = one
        told: Saved = {"successCount": len(taken), "success": not errors}
        return {**told, "errors": errors} if errors else {**told, "successResults": taken}


def _told(status: int, error: str, message: str) -> Saved:
    return {"statusCode": status, "error": error, "message": message}


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _file(content_type: str, body: bytes) -> tuple[str, str]:
    """The name and content of the one part `file`."""
    whole = b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    (part,) = BytesParser(policy=HTTP).parsebytes(whole).iter_parts()
    assert part.get_param("name", header="content-disposition") == "file"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return part.get_filename() or "", content.decode()


@contextmanager
def serving(kibana: Kibana, certificate: Path | None = None) -> Iterator[Kibana]:
    """The server on a free port of loopback, until the block ends; with a certificate and its key
    in one PEM file over TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, told = kibana.answer(self.path, self.headers, body)
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if 300 <= status < 400:
                self.send_header("Location", "/login")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    scheme = "https" if certificate else "http"
    kibana.url = f"{scheme}://127.0.0.1:{server.server_port}{kibana.base}"
    try:
        yield kibana
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
