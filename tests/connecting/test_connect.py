"""`vigie connect` as a person runs it: another process, real pages, a browser."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import Queue

import pytest
from browsing import decide
from tiny import KEYED, NAMED, Hamlet, Towns

from vigie.clock import SetClock
from vigie.connecting.catalogue import CONNECTIONS
from vigie.demo.grants import Grants
from vigie.demo.server import Served

PROGRAM = Path(__file__).with_name("program.py")
PAIRS = [("x", "pinterest"), ("linkedin", "youtube")]
# An account as the watchlist writes it.
WRITES = {"x": "@lueur", "pinterest": "lueur", "linkedin": "lueur", "youtube": "@lueur"}
KEY = "AIzaSy-a_key_of_the_test"
LASTS_S = 7_200  # an access token, at all platforms of these tests
VARIABLES = ("TOKEN", "KEY", "CLIENT_ID", "CLIENT_SECRET")


@dataclass
class Shell:
    """Runs `vigie` in a workspace's folder, with no credentials of the machine's own."""

    folder: Path

    def environ(self, **more: str) -> dict[str, str]:
        own = {
            name: value
            for name, value in os.environ.items()
            if not any(
                name == f"{one.upper()}_{end}" for one in (*NAMED, *KEYED) for end in VARIABLES
            )
        }
        return {**own, "PYTHONWARNINGS": "default", **more}

    def __call__(
        self, *words: str, given: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(PROGRAM), *words, "--workspace", str(self.folder)],
            input=given, capture_output=True, text=True, check=False, timeout=120,
            env=self.environ(**more),
        )  # fmt: skip

    def in_browser(
        self, *words: str, decision: str = "allow", **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs it until it shows an address, and goes there."""
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *words, "--workspace", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environ(**more),
        )  # fmt: skip
        lines: Queue[str | None] = Queue()

        def read() -> None:
            assert process.stderr is not None
            for line in process.stderr:
                lines.put(line)
            lines.put(None)

        thread = threading.Thread(target=read)
        thread.start()
        told = []
        while (line := lines.get(timeout=60)) is not None:
            told.append(line)
            if line.startswith("http"):
                page = decide(line.strip(), decision)
                assert page.status_code == 200, page.text
        thread.join(60)
        assert process.stdout is not None
        out = process.stdout.read()
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()
        return subprocess.CompletedProcess(words, process.wait(60), out, "".join(told))


@pytest.fixture
def town() -> Towns:
    hamlets = {name: Hamlet(name) for name in (*NAMED, *KEYED)}
    for name in WRITES:
        account = hamlets[name].account("lueur")
        for number in range(3):
            hamlets[name].publish(account, f"La lueur du soir, numéro {number}")
    return Towns(hamlets)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "veille")


@pytest.fixture
def begun(
    shell: Shell, served: Served, grants: Grants, clock: SetClock, pair: tuple[str, str]
) -> Shell:
    """What a new user has after `vigie init` and the app's credentials: nothing is connected."""
    words = [word for name in pair for word in ("--account", f"{name}={WRITES[name]}")]
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "init", str(shell.folder), "--brand", "Lueur",
         "--network", pair[0], *words, "--lang", "en"],
        capture_output=True, text=True, check=False, env=shell.environ(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    aim(shell.folder, served.urls, grants, pair)
    later(shell, clock, timedelta(hours=1))
    for name in pair:
        grants.lasts[name] = LASTS_S
    grants.admit("youtube", KEY)
    return shell


def connected(shell: Shell, name: str) -> subprocess.CompletedProcess[str]:
    """Connects a platform as its first way asks for: in the browser, or with a pasted key."""
    if name in KEYED:
        return shell("connect", name, "--lang", "en", given=f"{KEY}\n")
    return shell.in_browser("connect", name, "--no-browser", "--port", "0", "--lang", "en")


def aim(folder: Path, urls: Mapping[str, str], grants: Grants, names: tuple[str, ...]) -> None:
    """Aims the workspace at the simulated platforms, and writes the apps' credentials as
    `.env.example` names them."""
    text = (folder / "vigie.toml").read_text(encoding="utf-8")
    for name in names:
        head = f"[platforms.{name}]\n"
        text = text if head in text else f"{text}\n{head}"
        text = text.replace(head, f'{head}url = "{urls[name]}"\nsearches = false\n')
    (folder / "vigie.toml").write_text(text, encoding="utf-8")
    example = (folder / ".env.example").read_text(encoding="utf-8")
    lines = []
    for name in names:
        if name in KEYED:
            assert f"# {CONNECTIONS[name].variable}=\n" in example
            continue
        for variable, value in zip(("CLIENT_ID", "CLIENT_SECRET"), grants.app(name), strict=True):
            assert f"# {name.upper()}_{variable}=\n" in example
            lines.append(f"{name.upper()}_{variable}={value}\n")
    (folder / ".env").write_text("".join(lines), encoding="utf-8")


def later(shell: Shell, clock: SetClock, by: timedelta) -> None:
    """Moves the clock of both sides."""
    clock.set(clock.now() + by)
    (shell.folder / ".vigie").mkdir(exist_ok=True)
    (shell.folder / ".vigie" / "now").write_text(clock.now().isoformat(), encoding="utf-8")


def sources(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """State and reason of each platform of a run: of its worst source, else of one that gave."""
    worst = ("empty", "ok", "skipped", "rate_limited", "broken")
    told: dict[str, tuple[str, str]] = {}
    for one in json.loads(done.stdout)["sources"]:
        seen = told.get(one["platform"], ("empty", ""))
        here = (one["state"], one["reason"] or "")
        told[one["platform"]] = max(seen, here, key=lambda pair: worst.index(pair[0]))
    return told


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_a_new_user_connects_two_platforms_and_one_is_withdrawn(
    begun: Shell, grants: Grants, clock: SetClock, pair: tuple[str, str]
) -> None:
    shell, (first, second) = begun, pair
    run = ("run", *(word for name in pair for word in ("--only", name)))
    before = shell(*run, "--json")
    assert before.returncode == 3, before.stderr
    assert {name: told[0] for name, told in sources(before).items()} == dict.fromkeys(
        pair, "skipped"
    )
    told = shell(*run, "--lang", "en").stdout
    for name in pair:
        assert f"vigie connect {name}" in told

    for name in pair:
        done = connected(shell, name)
        assert done.returncode == 0, done.stderr
        assert f"{name:<17}connected · since" in done.stdout
        assert not {"Traceback", "untried"} & set(done.stderr.split()), done.stderr
    tokens = shell.folder / ".vigie" / "tokens.json"
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600

    listed = json.loads(shell("connect", "--list", "--json").stdout)
    states = {one["platform"]: one["state"] for one in listed}
    assert {name: states[name] for name in pair} == dict.fromkeys(pair, "connected")
    assert states["threads"] == "open"

    crawled = shell(*run, "--json")
    assert crawled.returncode == 0, (crawled.stdout, crawled.stderr)
    assert {name: told[0] for name, told in sources(crawled).items()} == dict.fromkeys(pair, "ok")
    counted = json.loads(shell("search", "lueur", "--limit", "0", "--json").stdout)
    assert counted["total"] >= 3

    # The token lapses between two runs: it is renewed, and nobody hears of it.
    later(shell, clock, timedelta(hours=5))
    assert shell(*run, "--json").returncode == 0
    assert first in grants.renewals

    # The owner withdraws the access in the platform's settings.
    grants.revoke(first)
    later(shell, clock, timedelta(minutes=10))
    refused = shell(*run, "--json")
    assert refused.returncode == 3
    state, reason = sources(refused)[first]
    assert state == "broken"
    assert reason.startswith(("approval revoked", "token lapsed")), reason
    assert sources(refused)[second][0] in ("ok", "empty")
    later(shell, clock, timedelta(hours=5))
    again = shell(*run, "--json")
    assert sources(again)[first] == ("broken", "approval revoked")
    for lang, words in (("fr", "accès retiré"), ("en", "access withdrawn")):
        told = shell(*run, "--lang", lang).stdout
        assert words in told, told
        assert f"vigie connect {first}" in told
        checked = shell("check", "--lang", lang).stdout
        assert f"→ vigie connect {first}" in checked
    doctor = json.loads(shell("doctor", "--json").stdout)
    (standing,) = (one for one in doctor["connections"] if one["platform"] == first)
    assert standing["state"] == "revoked"
    assert standing["scopes"]

    # Connected again, it is well.
    assert connected(shell, first).returncode == 0
    assert sources(shell(*run, "--json"))[first][0] in ("ok", "empty")


@pytest.mark.slow
@pytest.mark.parametrize("pair", [("youtube", "x")], ids="-".join)
def test_a_key_that_was_deleted_at_the_platform(
    begun: Shell, grants: Grants, clock: SetClock, pair: tuple[str, str]
) -> None:
    run = ("run", "--only", "youtube")
    assert connected(begun, "youtube").returncode == 0
    assert sources(begun(*run, "--json"))["youtube"] == ("ok", "")
    grants.revoke("youtube")
    later(begun, clock, timedelta(minutes=10))
    refused = begun(*run, "--json")
    assert refused.returncode == 3
    assert sources(refused)["youtube"][0] == "broken"
    for words in (run, ("status",)):
        told = begun(*words, "--lang", "en").stdout
        assert "access withdrawn" in told, told
        assert "→ connect the account again: vigie connect youtube" in told
    assert "accès retiré" in begun("status", "--lang", "fr").stdout
    again = connected(begun, "youtube")  # the same key
    assert (again.returncode, "refuses this key" in again.stderr) == (1, True)


@pytest.mark.parametrize("pair", PAIRS[:1], ids="-".join)
def test_no_and_nobody_are_told_in_words(begun: Shell, pair: tuple[str, str]) -> None:
    name = pair[0]
    words = ("connect", name, "--no-browser", "--port", "0")
    for lang, told in (("fr", "refusé dans le navigateur"), ("en", "refused in the browser")):
        done = begun.in_browser(*words, "--lang", lang, decision="deny")
        assert done.returncode == 1
        assert told in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    late = begun(*words, "--wait", "1", "--lang", "fr")
    assert late.returncode == 1
    assert "Personne n’est revenu" in late.stderr
    assert not (begun.folder / ".vigie" / "tokens.json").exists()


@pytest.mark.parametrize("pair", PAIRS[:1], ids="-".join)
def test_forgetting_gives_the_token_back(
    begun: Shell, grants: Grants, clock: SetClock, pair: tuple[str, str]
) -> None:
    name = pair[0]
    assert begun.in_browser("connect", name, "--no-browser", "--port", "0").returncode == 0
    kept = json.loads((begun.folder / ".vigie" / "tokens.json").read_text())["tokens"][name]
    done = begun("connect", name, "--forget", "--lang", "en")
    assert (done.returncode, "revoked and forgotten" in done.stderr) == (0, True)
    assert "not connected" in done.stdout
    now = round(clock.now().timestamp() * 1000)
    assert grants.check(name, kept["access"], now) == "revoked"
    assert "nothing to forget" in begun("connect", name, "--forget", "--lang", "en").stderr


WRONG = (
    (("connect",), 2, "which platform?"),
    (("connect", "bluesky"), 4, "bluesky"),
    (("connect", "x", "--with", "file"), 2, "--with"),
    (("connect", "linkedin"), 1, "LINKEDIN_CLIENT_ID, LINKEDIN_CLIENT_SECRET"),
    (("connect", "telegram"), 4, "no key"),
    (("connect", "google_analytics", "--with", "file"), 2, "--file"),
    (("connect", "google_analytics", "--file", "nowhere.json"), 4, "nowhere.json"),
    (("connect", "mastodon"), 4, "[platforms.mastodon] url"),
)


@pytest.mark.parametrize(("words", "code", "told"), WRONG, ids=lambda one: str(one)[:40])
def test_what_cannot_be_says_what_to_do(
    shell: Shell, words: tuple[str, ...], code: int, told: str
) -> None:
    shell.folder.mkdir()
    (shell.folder / "vigie.toml").write_text('[workspace]\nname = "Lueur"\n', encoding="utf-8")
    given = "abc123\n" if words[1:] == ("mastodon",) else "two words\n"
    done = shell(*words, "--lang", "en", given=given)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


IN_FRENCH = (
    (("connect", "nothing"), "", "rien à connecter"),
    (("connect", "telegram"), "two words\n", "ce n’est pas une clé"),
    (("connect",), "", "quelle plateforme"),
    (("connect", "x", "--with", "file"), "", "n’accepte pas"),
    (("connect", "google_analytics", "--with", "file"), "", "quel fichier"),
    (("connect", "linkedin"), "", "mettez LINKEDIN_CLIENT_ID, LINKEDIN_CLIENT_SECRET dans .env"),
    (("connect", "mastodon"), "abc123\n", "de quel serveur est la clé"),
)


@pytest.mark.parametrize(("words", "given", "told"), IN_FRENCH, ids=lambda one: str(one)[:40])
def test_what_cannot_be_is_said_in_french(
    shell: Shell, words: tuple[str, ...], given: str, told: str
) -> None:
    shell.folder.mkdir()
    (shell.folder / "vigie.toml").write_text('[workspace]\nname = "Lueur"\n', encoding="utf-8")
    done = shell(*words, "--lang", "fr", given=given)
    assert (done.returncode in (1, 2, 4), told in done.stderr) == (True, True), done.stderr
    assert done.stderr.count("CLIENT_SECRET") <= 1, "each name is told once"


def test_a_port_that_is_taken_and_an_interruption(
    shell: Shell, served: Served, grants: Grants
) -> None:
    shell.folder.mkdir()
    (shell.folder / "vigie.toml").write_text(
        f'[workspace]\nname = "Lueur"\n[platforms.x]\nurl = "{served.urls["x"]}"\n',
        encoding="utf-8",
    )
    id, secret = grants.app("x")
    words = ("connect", "x", "--no-browser", "--lang", "fr")
    app = {"X_CLIENT_ID": id, "X_CLIENT_SECRET": secret}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = shell(*words, "--port", str(port), **app)
    assert (done.returncode, f"le port {port} est pris" in done.stderr) == (4, True), done.stderr
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), *words, "--port", "0", "--workspace", str(shell.folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=shell.environ(**app),
    ) as process:  # fmt: skip
        assert process.stderr is not None
        while not process.stderr.readline().startswith("http"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "interrompu" in told
    assert "Traceback" not in told
    assert not (shell.folder / ".vigie" / "tokens.json").exists()


@pytest.mark.parametrize("damage", ["{", "[]", '{"tokens": {"x": {"way": "oauth"}}}'])
def test_a_vault_that_cannot_be_read_is_told_by_who_asks_for_tokens(
    shell: Shell, served: Served, damage: str
) -> None:
    (shell.folder / ".vigie").mkdir(parents=True)
    (shell.folder / "vigie.toml").write_text(
        '[workspace]\nname = "Lueur"\n[[brands]]\nid = "lueur"\nname = "Lueur"\nrole = "own"\n'
        f'accounts.x = ["@lueur"]\n[platforms.x]\nurl = "{served.urls["x"]}"\n',
        encoding="utf-8",
    )
    tokens = shell.folder / ".vigie" / "tokens.json"
    tokens.write_text(damage, encoding="utf-8")
    tokens.chmod(0o600)
    for words, code in ((("connect", "--list"), 4), (("run", "--only", "x"), 4)):
        done = shell(*words, "--lang", "en")
        assert (done.returncode, "tokens.json" in done.stderr) == (code, True), done.stderr
        assert "vigie connect" in done.stderr
        assert "Traceback" not in done.stderr
    for words in (("check",), ("doctor",)):
        done = shell(*words, "--lang", "en")
        assert (done.returncode, "is damaged" in done.stdout) == (0, True), done.stderr
    assert tokens.read_text(encoding="utf-8") == damage
