"""No token anywhere: a workspace whose platform gives back all that it is told, and all that its
commands write and say is searched for every secret in every spelling."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import pytest
import zstandard
from test_connect import Shell, aim, later

from vigie.clock import SetClock
from vigie.demo.grants import Grants
from vigie.demo.server import Served

AT = 1_795_175_000_000  # ms, a day of the test's week
OWN = (".env", "tokens.json")  # where secrets are kept


class Echo(BaseHTTPRequestHandler):
    """Tells everything that it was told: in a body, a link, a redirect, errors."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self._answer(self.rfile.read(length).decode())

    def _answer(self, body: str) -> None:
        told = self.headers.get("authorization", "").partition(" ")[2]
        told = told or " ".join(value for _, value in parse_qsl(body))
        kind = urlsplit(self.path).path.rpartition("/")[2]
        texts = [
            told, quote(told, safe=""), quote_plus(told).lower(), f"?access_token={quote(told)}",
            b64encode(f"Bearer {told}".encode()).decode(), b64encode(told.encode()).decode(),
            urlsafe_b64encode(f"id:{told}".encode()).decode(), self.headers.get("authorization"),
            f"lueur {told} lueur",
        ]  # fmt: skip
        posts = [{"id": f"{kind}{n}", "text": f"lueur {text}", "at": AT + n}
                 for n, text in enumerate(texts)]  # fmt: skip
        document = {"posts": posts, "paging": {"next": f"http://a/?access_token={told}"}}
        raw = json.dumps(document).replace("/", "\\/").encode()  # as PHP writes JSON
        status, headers = 200, {"Link": f'<http://a/?t={quote(told, safe="")}>; rel="next"'}
        if kind == "moved":
            status, headers = 302, {"Location": f"/posts/echo?access_token={quote(told)}&t={told}"}
        elif kind == "refused":
            status = 401
            headers["WWW-Authenticate"] = f'Bearer error="invalid_token", token="{told}"'
            raw = json.dumps({"error": f"token {told}", "message": told}).encode()
        elif kind == "failing":
            status, raw = 503, f"<html>failed for {told}</html>".encode()
        elif kind == "strange":
            raw = json.dumps({"token": told, "posts": {"id": told}}).encode()
        elif kind == "token":
            status, raw = 400, json.dumps({"error": told, "error_description": told}).encode()
        self.send_response(status)
        for name, value in {**headers, "ETag": f'"{told}"', "X-Token": told}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """The test's own server says nothing."""


@pytest.fixture
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def forms(secret: str) -> set[bytes]:
    """How a secret may stand in what was written; written apart from what masks it."""
    told = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    told |= {re.sub("%..", lambda found: found[0].lower(), form) for form in told}
    told |= {
        secret.replace("/", "\\/"),
        secret.replace("+", "\\u002b"),
        secret.replace("+", "&#43;"),
    }
    raw = secret.encode()
    for ahead in range(3):
        # The signs that this secret alone decides, whatever stands before and after it.
        whole = b64encode(b"\0" * ahead + raw + b"\0\0").decode()
        inner = whole[(ahead * 8 + 5) // 6 : (ahead + len(raw)) * 8 // 6]
        told |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {form.encode() for form in told}


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and what is packed into it."""
    yield name, content
    if content[:4] == b"\x28\xb5\x2f\xfd":
        reader = zstandard.ZstdDecompressor().stream_reader(
            io.BytesIO(content), read_across_frames=True
        )
        yield f"{name}!", reader.read()
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for one in packed.namelist():
                yield from unpacked(f"{name}!{one}", packed.read(one))
    elif name.endswith(".tar"):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                assert file is not None
                yield from unpacked(f"{name}!{member.name}", file.read())


def found(secrets: list[str], written: Iterator[tuple[str, bytes]]) -> list[tuple[str, str]]:
    wanted = {form: secret for secret in secrets for form in forms(secret)}
    return [
        (name, form.decode()) for name, content in written for form in wanted if form in content
    ]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in OWN:
            yield from unpacked(str(path.relative_to(folder)), path.read_bytes())


NEARLY = timedelta(days=55)  # of the sixty that a token lasts
HANDLES = ("echo", "moved", "refused", "failing", "strange")


@pytest.mark.slow
def test_no_secret_is_written_or_told_anywhere(
    tmp_path: Path, served: Served, grants: Grants, clock: SetClock, echo: str
) -> None:
    shell = Shell(tmp_path / "veille")
    accounts = [word for handle in HANDLES for word in ("--account", f"linkedin={handle}")]
    made = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("program.py")), "init", str(shell.folder),
         "--brand", "Lueur", "--network", "linkedin", *accounts],
        capture_output=True, text=True, check=False, env=shell.environ(),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    aim(shell.folder, {"linkedin": echo}, grants, ("linkedin",))
    toml = shell.folder / "vigie.toml"
    sound = toml.read_text(encoding="utf-8")
    head = "[platforms.linkedin]\n"
    asked = f'{head}auth_url = "{served.urls["linkedin"]}"\n'
    toml.write_text(sound.replace(head, asked), encoding="utf-8")
    later(shell, clock, timedelta(0))
    told: list[tuple[str, bytes]] = []
    secrets = [grants.app("linkedin")[1]]

    def run(*words: str, code: int = 0, **more: str) -> str:
        done = shell(*words, DEBUG="1", INSTEAD="linkedin", **more)
        told.append((" ".join(words), f"{done.stdout}\n{done.stderr}".encode()))
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def note() -> None:
        kept = json.loads((shell.folder / ".vigie" / "tokens.json").read_text())["tokens"][
            "linkedin"
        ]
        secrets.extend(kept[name] for name in ("access", "refresh") if kept[name] not in secrets)

    words = ("connect", "linkedin", "--no-browser", "--port", "0")
    done = shell.in_browser(*words, DEBUG="1")
    told.append(("connect", f"{done.stdout}\n{done.stderr}".encode()))
    assert done.returncode == 0, done.stderr
    note()
    only = ("run", "--only", "linkedin")
    out = run(*only, code=3)
    assert "DEBUG" in out
    assert "/posts/echo" in out, "the logs say what was asked, or this test shows nothing"
    run(*only, "--json", code=3, VIGIE_LOG="json")
    # Renewed on the way; then where the authority gives back what it is told, as an error.
    later(shell, clock, NEARLY)
    run(*only, code=3)
    note()
    toml.write_text(sound.replace(head, f'{head}auth_url = "{echo}"\n'), encoding="utf-8")
    later(shell, clock, NEARLY)
    run(*only, code=3, VIGIE_LOG="json")
    note()
    assert len(secrets) == 4  # the app's, two tokens, and what renews them

    run("search", "lueur", "--json")
    out = shell.folder / "out"
    run("export", "posts", "--out", str(out / "posts.xlsx"))
    run("export", "posts", "--out", str(out / "posts.csv"))
    run("brief", "--format", "json,html,md", "--out", str(out))
    run("shortlist", "--out", str(out / "people.xlsx"))
    run("backup", str(out / "copy.tar"))
    for words in (("status",), ("doctor",), ("check",), ("connect", "--list"), ("remap",)):
        run(*words, "--json")
        run(*words, VIGIE_LOG="json")

    written = list(files(shell.folder))
    names = " ".join(name for name, _ in written)
    for part in ("landing", "posts.xlsx!", "copy.tar!store.jsonl.zst!", "store.sqlite", "out/"):
        assert part in names, names
    text = b"".join(content for _, content in written)
    assert b"***" in text
    assert b"lueur" in text
    assert found(secrets, iter(written)) == []
    assert found(secrets, iter(told)) == []


@pytest.mark.parametrize("before", ["", "a", "ab", "Bearer ", "id:"])
def test_the_search_finds_every_spelling(before: str) -> None:
    """Else the test above would find nothing for the wrong reason."""
    secret = "x+Ab/3=9zQ+k/77w"
    for content in (
        secret, quote(secret, safe=""),
        re.sub("%..", lambda one: one[0].lower(), quote_plus(secret)),
        b64encode(f"{before}{secret}tail".encode()).decode(),
        urlsafe_b64encode(f"{before}{secret}".encode()).decode(),
        json.dumps(f"{before}{secret}").replace("/", "\\/"),
    ):  # fmt: skip
        assert found([secret], iter([("a", content.encode())])), content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", f"{before}{secret}" * 3)
    assert found([secret], unpacked("a.xlsx", packed.getvalue()))
    pressed = zstandard.compress(secret.encode()) + zstandard.compress(b"more " + secret.encode())
    assert len(found([secret], unpacked("a.zst", pressed))) >= 1
