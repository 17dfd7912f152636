"""The real Bluesky network on loopback: identity server, PDS and AppView, from their authors.

Needs Node 20 with npm, PostgreSQL, a C++ compiler and make. The first start installs and compiles.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starting import (
    HERE,
    CannotStart,
    cache,
    free_port,
    install,
    postgres,
    program,
    running,
    wait_until,
)

NODE = HERE / "bluesky-network"
PASSWORD = "loopback-only-1"
BYPASS = secrets.token_hex(8)  # writing the world must not use up the limits that readers meet
WINDOW_S = 3  # of the PDS's rate limits, instead of 300


@dataclass(frozen=True)
class Person:
    handle: str
    did: str
    token: str


@dataclass
class Bluesky:
    """The network's addresses, and what a person can do there through the PDS's own API."""

    appview: str
    pds: str
    people: dict[str, Person] = field(default_factory=dict)

    def join(self, name: str) -> Person:
        made = self.call(
            "com.atproto.server.createAccount",
            {"email": f"{name}@example.invalid", "handle": f"{name}.test", "password": PASSWORD},
        )
        self.people[name] = Person(f"{name}.test", made["did"], made["accessJwt"])
        return self.people[name]

    def publish(self, name: str, posts: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Writes post records; gives uri and cid of each."""
        return self._write(
            name,
            [
                {"$type": "com.atproto.repo.applyWrites#create",
                 "collection": "app.bsky.feed.post",
                 "value": {"$type": "app.bsky.feed.post", **post}}
                for post in posts
            ],
        )  # fmt: skip

    def repost(self, name: str, subject: Mapping[str, str], at: str) -> None:
        value = {"$type": "app.bsky.feed.repost", "subject": subject, "createdAt": at}
        self._write(
            name,
            [{"$type": "com.atproto.repo.applyWrites#create",
              "collection": "app.bsky.feed.repost", "value": value}],
        )  # fmt: skip

    def delete(self, name: str, uri: str) -> None:
        _, _, repo, collection, key = uri.split("/")
        body = {"repo": repo, "collection": collection, "rkey": key}
        self.call("com.atproto.repo.deleteRecord", body, token=self.people[name].token)

    def shows(self, uris: Sequence[str]) -> set[str]:
        """Which of these posts the AppView shows."""
        found: set[str] = set()
        for first in range(0, len(uris), 25):
            query = "&".join(f"uris={uri}" for uri in uris[first : first + 25])
            address = f"{self.appview}/xrpc/app.bsky.feed.getPosts?{query}"
            with urllib.request.urlopen(address, timeout=10) as answer:
                found |= {post["uri"] for post in json.load(answer)["posts"]}
        return found

    def call(self, method: str, body: Mapping[str, Any], *, token: str = "") -> Any:
        headers = {"content-type": "application/json", "x-ratelimit-bypass": BYPASS}
        if token:
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(
            f"{self.pds}/xrpc/{method}", json.dumps(body).encode(), headers, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def _write(self, name: str, writes: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        person = self.people[name]
        body = {"repo": person.did, "writes": writes}
        made = self.call("com.atproto.repo.applyWrites", body, token=person.token)
        return [{"uri": result["uri"], "cid": result["cid"]} for result in made["results"]]


def prepare() -> Path:
    """The installed packages. Raises CannotStart."""
    node, npm = program("node", "Node 20"), program("npm", "npm")
    program("make", "make")
    program("g++", "a C++ compiler")
    home = cache("bluesky")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (home / name).write_bytes((NODE / name).read_bytes())
    real = Path(node).resolve()
    gyp = [
        path
        for folder in (real.parents[1] / "lib", Path("/usr/lib"), Path("/usr/share"))
        for path in folder.glob("**/npm/node_modules/node-gyp/bin/node-gyp.js")
    ]
    if not gyp:
        raise CannotStart("node-gyp is missing (it comes with npm)")
    headers = real.parents[1]
    with_headers = [f"--nodedir={headers}"] if (headers / "include/node/node.h").exists() else []
    install(
        home,
        [NODE / "package-lock.json"],
        [
            [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
            [node, str(gyp[0]), "rebuild", "--release", *with_headers,
             "--directory", str(home / "node_modules/better-sqlite3")],
        ],
    )  # fmt: skip
    return home


@contextmanager
def bluesky() -> Iterator[Bluesky]:
    """An empty network. Raises CannotStart."""
    home = prepare()
    with tempfile.TemporaryDirectory(prefix="vigie-bsky-") as temporary:
        folder = Path(temporary)
        with postgres(folder, home) as database:
            ports = {name: free_port() for name in ("plc", "pds", "appview")}
            ready, log = folder / "ready", home / "network.log"
            (folder / "tmp").mkdir()
            command = ["node", str(NODE / "network.mjs"), str(home), database, str(ready)]
            environ = {
                "TMPDIR": str(folder / "tmp"),
                "NODE_ENV": "production",
                "LOG_ENABLED": "0",
                "WINDOW_S": str(WINDOW_S),
                "BYPASS": BYPASS,
            }
            command += [str(port) for port in ports.values()]
            with running(command, log, environ=environ) as process:
                wait_until(ready.exists, "the Bluesky network", process, log)
                address = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
                yield Bluesky(address["appview"], address["pds"])
