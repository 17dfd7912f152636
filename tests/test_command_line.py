"""The command line: light to start, honest exit codes."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from vigie.workspace import Workspace

HEAVY = ("prefect", "spacy", "sklearn", "scrapy", "polars", "numpy", "opensearchpy", "rich")


def vigie(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    code = "from vigie.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=cwd, check=False
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['vigie', '--help']\n"
        "from vigie.cli import run\n"
        "assert run() == 0\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_no_workspace_is_a_configuration_error(tmp_path: Path) -> None:
    done = vigie("search", "tea", "--workspace", str(tmp_path))
    assert done.returncode == 4
    assert "vigie init" in done.stderr


def test_an_unknown_option_is_wrong_usage() -> None:
    assert vigie("search", "--frobnicate").returncode == 2


def test_init_then_check(tmp_path: Path) -> None:
    folder = tmp_path / "watch"
    made = vigie("init", str(folder), "--brand", "Lumen", "--network", "bluesky",
                 "--network", "forums", "--lang", "fr")  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "par import" in made.stdout
    checked = vigie("check", "--workspace", str(folder), "--lang", "en", "--json")
    assert checked.returncode == 0, checked.stderr
    assert '"brand:lumen"' in checked.stdout
    again = vigie("init", str(folder))
    assert again.returncode == 4


def test_a_wrong_period_is_wrong_usage(tmp_path: Path) -> None:
    vigie("init", str(tmp_path), "--brand", "Lumen")
    done = vigie("search", "tea", "--last", "soon", "--workspace", str(tmp_path))
    assert done.returncode == 2
    assert "7d" in done.stderr


def watching(folder: Path, more: str = "") -> Path:
    """A workspace with an empty store."""
    folder.mkdir()
    brand = '[[brands]]\nid = "lumen"\nname = "Lumen"\n'
    text = f'[workspace]\nname = "Lumen"\ninterface = "fr"\n{brand}{more}'
    (folder / "vigie.toml").write_text(text, encoding="utf-8")
    if not more:
        with Workspace.open(folder) as space:
            space.begin()
    return folder


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ((), "vigie\u00a0: requête, ligne 1, colonne 6 : AND n’a rien à relier → mettez un mot"),
        (("--lang", "fr"), "vigie\u00a0: requête, ligne 1, colonne 6 : AND n’a rien à relier"),
        (("--lang", "en"), "vigie: query, line 1, column 6: AND has nothing to join → put a word"),
    ],
)
def test_a_query_that_cannot_be_read_is_told_in_the_readers_language(
    tmp_path: Path, lang: tuple[str, ...], told: str
) -> None:
    folder = watching(tmp_path / "w")
    for words in (("search",), ("export", "posts", "--query"), ("shortlist", "--query")):
        done = vigie(*words, "vélo AND", *lang, cwd=folder)
        assert done.returncode == 2
        assert told in done.stderr


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("vélo NEAR école", "! ligne 1, colonne 6 : NEAR sans nombre est un mot → écrivez NEAR/5"),
        ("platform:facebok", "! ligne 1, colonne 10 : platform: ne vaut jamais facebok"),
        ("likes:[10 TO 1]", "✗ aucun post ne peut correspondre"),
    ],
)
def test_a_query_that_finds_nothing_says_what_is_odd(tmp_path: Path, query: str, told: str) -> None:
    folder = watching(tmp_path / "w")
    done = vigie("search", query, "--json", cwd=folder)
    assert json.loads(done.stdout) == {"total": 0, "posts": []}
    assert told in done.stderr
    assert vigie("search", "vélo", cwd=folder).stderr == ""


def test_the_doctor_says_whether_store_and_server_answer(tmp_path: Path) -> None:
    folder = watching(tmp_path / "w")
    (here,) = json.loads(vigie("doctor", "--json", cwd=folder).stdout)["reached"]
    assert here == {"what": "store (embedded)", "answers": True, "told": "0 posts"}
    away = watching(tmp_path / "x", '[store]\nengine = "opensearch"\n')
    (away / ".env").write_text("PREFECT_API_URL=http://127.0.0.1:1/api\n", encoding="utf-8")
    told = vigie("doctor", "--lang", "fr", cwd=away)
    assert told.returncode == 0, told.stderr
    assert "✗ base (opensearch) · [store] url\u00a0: l’adresse du cluster manque" in told.stdout
    assert "✗ prefect · PREFECT_API_URL\u00a0: aucun serveur Prefect ne répond" in told.stdout


def test_metrics_take_a_workspace_for_its_language(tmp_path: Path) -> None:
    folder = watching(tmp_path / "w")
    french = vigie("metrics", "--workspace", str(folder))
    assert (french.returncode, french.stdout) == (0, vigie("metrics", "--lang", "fr").stdout)
    assert french.stdout != vigie("metrics", "--lang", "en").stdout
    assert vigie("metrics", "--workspace", str(tmp_path / "x")).returncode == 4


def test_an_explorer_whose_token_nobody_could_read_does_not_start(tmp_path: Path) -> None:
    folder = watching(tmp_path / "w")
    done = vigie("--log", "json", "explore", "--host", "0.0.0.0", "--port", "0", cwd=folder)
    assert done.returncode == 4
    assert "VIGIE_EXPLORER_TOKEN" in json.loads(done.stderr)["event"]


COMMANDS = (
    "demo", "init", "check", "doctor", "connect", "run", "import", "status", "serve", "deploy",
    "worker",
    "search", "trends", "alerts", "benchmark", "influencers", "metrics", "brief", "shortlist",
    "export", "explore", "rebuild", "remap", "verify", "prune", "forget", "backup", "restore",
    "migrate", "dashboards", "dashboards build", "dashboards push", "evaluate", "evaluate trends",
    "evaluate alerts", "evaluate sentiment", "evaluate entities", "evaluate mapping",
)  # fmt: skip


def helped(lang: str) -> dict[str, list[str]]:
    """Each command's help, line by line, from one process."""
    code = (
        "import sys, io, json, contextlib\n"
        f"sys.argv = ['vigie', '--lang', {lang!r}, *{COMMANDS!r}]\n"
        "from vigie.cli.app import app\n"
        "told = {}\n"
        f"for name in {COMMANDS!r}:\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "        app([*name.split(), '--help'], standalone_mode=False)\n"
        "    told[name] = out.getvalue().splitlines()\n"
        "print(json.dumps(told))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


def test_every_command_and_option_is_explained_in_both_languages() -> None:
    french, english = helped("fr"), helped("en")
    assert list(french) == list(COMMANDS)
    for name in COMMANDS:
        heads = (french[name][2].strip(), english[name][2].strip())
        assert all(len(head) > 10 for head in heads), name
        assert heads[0] != heads[1], name
        for lines in (french[name], english[name]):
            options = [line for line in lines if line.startswith("  --")]
            # Two spaces and words follow, on the line or on the next.
            bare = [line for line in options if "  " not in line.strip() and len(line) < 30]
            assert not bare, (name, bare)
        same = set(french[name]) & set(english[name])
        told = [line for line in same if line.startswith("  --") and "--help" not in line]
        assert not told, (name, told)


def test_help_is_no_more_than_ten_empty_interpreters() -> None:
    def cpu(*command: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    code = "import sys; sys.argv = ['vigie', '--help']; from vigie.cli import main; main()"
    cpu("-c", code)
    empty = min(cpu("-c", "pass") for _ in range(5))
    assert min(cpu("-c", code) for _ in range(5)) <= 10 * empty


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace into which a small file was imported."""
    folder = tmp_path_factory.mktemp("made") / "w"
    assert vigie("init", str(folder), "--brand", "Lumen").returncode == 0
    file = folder / "posts.jsonl"
    file.write_text(
        "".join(
            json.dumps({"n": str(n), "t": f"Le Lumen est arrivé, jour {n}", "d": f"2026-11-{n:02}"})
            + "\n"
            for n in range(1, 21)
        ),
        encoding="utf-8",
    )
    (folder / "map.toml").write_text(
        '[columns]\nnative_id = "n"\ntext = "t"\npublished_at = "d"\n', encoding="utf-8"
    )
    words = ("--columns", str(folder / "map.toml"), "--platform", "tiktok")
    dry = vigie("import", str(file), *words, "--dry-run", "--json", "--workspace", str(folder))
    assert dry.returncode == 0, dry.stderr
    assert json.loads(dry.stdout)[0]["posts"] == 20
    done = vigie("import", str(file), *words, "--json", "--workspace", str(folder))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["new_post"] == 20
    return folder


REPORTING = (
    ("check",), ("doctor",), ("status",), ("search", "lumen"), ("search", "*", "--limit", "0"),
    ("trends",), ("alerts",), ("benchmark",), ("influencers",), ("brief",), ("shortlist",),
    ("export", "posts"), ("verify",), ("remap",), ("rebuild",),
)  # fmt: skip


@pytest.mark.parametrize("words", REPORTING, ids=" ".join)
def test_json_is_one_document_and_nothing_else(words: tuple[str, ...], imported: Path) -> None:
    done = vigie(*words, "--json", "--workspace", str(imported))
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert "Traceback" not in done.stderr


def test_search_counts_and_lists(imported: Path) -> None:
    where = ("--workspace", str(imported))
    counted = json.loads(vigie("search", "lumen", "--limit", "0", "--json", *where).stdout)
    assert counted == {"total": 20, "posts": []}
    ids = vigie("search", "lumen", "--limit", "3", "--ids", *where).stdout.split()
    assert ids == ["tiktok:20", "tiktok:19", "tiktok:18"]


WRONG = (
    (("search", "("), 2, "query, line 1"),
    (("search", "a", "--sort", "colour"), 2, "colour"),
    (("search", "a", "--lang", "de"), 2, "--lang"),
    (("search", "a", "--from", "soon"), 2, "--from"),
    (("search", "a", "--limit", "-1"), 2, "--limit"),
    (("run", "--only", "myspace"), 2, "--only"),
    (("brief", "--format", "pptz"), 2, "--format"),
    (("brief", "--week", "2026-W99"), 2, "2026-W99"),
    (("export", "dreams"), 2, "export"),
    (("import", "nowhere.csv"), 1, "nowhere.csv"),
    (("import", "nowhere.csv", "--brand", "nobody"), 2, "--brand"),
    (("shortlist", "--query", "("), 2, "query, line 1"),
    (("frobnicate",), 2, "frobnicate"),
)  # fmt: skip


@pytest.mark.parametrize(("words", "code", "told"), WRONG)
def test_errors_say_what_and_where(
    words: tuple[str, ...], code: int, told: str, imported: Path
) -> None:
    where = () if words[0] == "frobnicate" else ("--workspace", str(imported))
    done = vigie(*words, *where)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_wrong_watchlist_is_told_with_its_line(tmp_path: Path) -> None:
    vigie("init", str(tmp_path / "w"), "--brand", "Lumen")
    file = tmp_path / "w" / "vigie.toml"
    text = file.read_text(encoding="utf-8").replace('run = "every 1 hour"', 'run = "hourly"')
    file.write_text(text + "[calender]\nmoments = {}\n", encoding="utf-8")
    for command in ("check", "run", "serve", "search"):
        done = vigie(
            command, *(["a"] if command == "search" else []), "--workspace", str(file.parent)
        )
        assert done.returncode == 4, command
        assert "calender" in done.stderr
        assert "line" in done.stderr


def test_nothing_yet_is_told(tmp_path: Path) -> None:
    vigie("init", str(tmp_path / "w"), "--brand", "Lumen")
    done = vigie("trends", "--workspace", str(tmp_path / "w"))
    assert done.returncode == 1
    assert "vigie run" in done.stderr


def test_evaluate_writes_the_file_and_says_little(tmp_path: Path) -> None:
    series = tmp_path / "series"
    series.mkdir()
    rows = "".join(
        f"2026-11-{1 + n // 24:02} {n % 24:02}:00:00,{90 if n == 300 else 5 + n % 3}\n"
        for n in range(400)
    )
    (series / "a.csv").write_text(f"timestamp,value\n{rows}", encoding="utf-8")
    out = tmp_path / "alerts.json"
    done = vigie("evaluate", "alerts", str(series), "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {
        "file": str(out),
        "series": 1,
        "alerts": len(json.loads(out.read_text())["a.csv"]),
    }
    empty = vigie("evaluate", "alerts", str(tmp_path), "--out", str(out))
    assert empty.returncode == 1
    assert empty.stdout == ""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_explore_stops_when_told(imported: Path, sent: signal.Signals) -> None:
    code = "from vigie.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "explore", "--port", "0", "--workspace", str(imported)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("http://127.0.0.1:")
    process.send_signal(sent)
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 130, said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_told(imported: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = vigie("explore", "--port", port, "--workspace", str(imported))
    assert done.returncode == 1
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_init_asks_one_who_sits_before_it(tmp_path: Path) -> None:
    folder, (ours, theirs) = tmp_path / "veille", pty.openpty()
    code = "from vigie.cli import main; main()"
    words = [sys.executable, "-c", code, "init", str(folder), "--lang", "fr"]
    with subprocess.Popen(words, stdin=theirs, stdout=subprocess.PIPE, text=True) as process:
        answers = ("Lueur", "Orage", "x, linkedin, feeds", "fr", "@lueur", "")
        os.write(ours, "".join(f"{one}\n" for one in answers).encode())
        out, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, out
    assert "Réseaux possibles" in out
    assert "youtube, reddit" in out
    assert "Votre compte X, tel @marque" in out
    assert "Votre compte Presse" not in out
    text = (folder / "vigie.toml").read_text(encoding="utf-8")
    assert '\nx = ["@lueur"]\n' in text
    assert '\n# linkedin = ["marque"]' in text
    assert "\n[platforms.x]\n# money_per_day" in text


def test_init_writes_nothing_for_an_account_that_cannot_be(tmp_path: Path) -> None:
    done = vigie("init", str(tmp_path / "v"), "--account", "x=not a handle", "--lang", "en")
    assert (done.returncode, "x=@marque" in done.stderr) == (2, True)
    assert not (tmp_path / "v").exists()
