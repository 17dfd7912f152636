"""A server of the Mastodon API on loopback, in a virtual environment of its own.

It is a stand-in by a third party, not Mastodon: a second opinion on shapes, paging and refusals.
"""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starting import HERE, answers, cache, free_port, install, running, wait_until

REQUIREMENTS = HERE / "mastodon-requirements.txt"


@dataclass
class Mastodon:
    """The server's address, and what a person can do there through its own API."""

    url: str

    def publish(self, name: str, text: str, *, reply_to: str | None = None) -> dict[str, Any]:
        body = {"status": text, "language": "fr", "visibility": "public"}
        if reply_to:
            body["in_reply_to_id"] = reply_to
        made: dict[str, Any] = self.call("POST", "/api/v1/statuses", name, body)
        return made

    def boost(self, name: str, status: str) -> None:
        self.call("POST", f"/api/v1/statuses/{status}/reblog", name, {})

    def delete(self, name: str, status: str) -> None:
        self.call("DELETE", f"/api/v1/statuses/{status}", name)

    def call(self, method: str, path: str, name: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"authorization": f"Bearer {token(name)}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def token(name: str) -> str:
    """The access token of a person; it opens nothing but this server."""
    return f"loopback-{name}"


def prepare() -> Path:
    """The environment's Python. Raises CannotStart."""
    home = cache("mastodon")
    python = home / "venv" / "bin" / "python"
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(home / "venv")],
        [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-q", "--no-deps",
         "-r", str(REQUIREMENTS)],
    )  # fmt: skip
    install(home, [REQUIREMENTS], steps)
    return python


@contextmanager
def mastodon(people: Sequence[str], *, limit: int = 0, window_s: int = 300) -> Iterator[Mastodon]:
    """A server with these people; `limit` requests within a window for one token or address, 0 for
    no limit. Raises CannotStart."""
    python = prepare()
    with tempfile.TemporaryDirectory(prefix="vigie-mastodon-") as temporary:
        folder, port = Path(temporary), free_port()
        lines = [
            f'domain = "127.0.0.1:{port}"\nurl_scheme = "http"\ntitle = "Place"',
            f'[database]\npath = "{folder / "mastodon.sqlite"}"',
            f'[server]\nhost = "127.0.0.1"\nport = {port}',
            f"[ratelimit]\nenabled = {str(limit > 0).lower()}",
            f"limit = {limit or 300}\nwindow_seconds = {window_s}",
        ]
        for name in people:
            lines.append(f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "{token(name)}"')
        (folder / "config.toml").write_text("\n".join(lines))
        command = [str(python), "-m", "mastodon_mock", "serve", "--config",
                   str(folder / "config.toml"), "--log-level", "warning"]  # fmt: skip
        log, url = cache("mastodon") / "server.log", f"http://127.0.0.1:{port}"
        with running(command, log, environ={"TMPDIR": temporary}, cwd=folder) as process:
            wait_until(lambda: answers(f"{url}/health"), "the Mastodon server", process, log)
            yield Mastodon(url)
