"""What people read: French and English pages say the same, and what they name is there. Each finder
of mistakes is shown one of each kind, so that none passes because it sees nothing."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import VigieError
from vigie.importing.columns import parse
from vigie.watchfile import read_text

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for folder in (".", "docs", "docs/decisions", "nlp/models", "benchmarks/results")
    for page in (ROOT / folder).glob("*.md")
)
ONE_PAGE = ("docs/architecture.md", "docs/metrics.md")  # for engineers; bilingual by itself
USERS = [
    page
    for page in ("README.md", *(one for one in PAGES if re.fullmatch(r"docs/[^/]+\.md", one)))
    if not page.endswith(".fr.md") and page not in ONE_PAGE
]
DEPLOYED = sorted(
    one.relative_to(ROOT).as_posix()
    for pattern in ("*.yaml", "*.yml", "*.example")
    for one in (ROOT / "deploy").glob(pattern)
)
FRENCH = {  # words that stand for the reader's own, and for the reader's language
    "watch": "veille", "my-brand": "ma-marque", "posts.jsonl.gz": "publications.jsonl.gz",
    '"cargo bike" AND NOT giveaway': '"vélo cargo" AND NOT concours',
    "shortlist.xlsx": "selection.xlsx", "giveaway": "concours", "posts.xlsx": "publications.xlsx",
    "all.vigie": "tout.vigie", "again": "encore",
    "key.txt": "cle.txt", "account.json": "compte.json", "en": "fr",
}  # fmt: skip
MINIMAL = '[workspace]\nname = "w"\n\n[[brands]]\nid = "a"\nname = "A"\nrole = "own"\n\n'
MADE = ("deploy/watch",)  # by whoever follows the page
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
_PATH = re.compile(
    r"(benchmarks|crawlers|dashboards|deploy|docs|flows|index_templates|nlp|tests|vigie)/[\w./-]*\w/?"
)


@dataclass(frozen=True)
class Page:
    """A page of Markdown: its blocks of code as (language, text), what is quoted within lines, and
    the rest, where links, headings and tables are."""

    blocks: tuple[tuple[str, str], ...]
    quoted: tuple[str, ...]
    prose: str

    @classmethod
    def of(cls, text: str) -> Page:
        rest = _FENCED.sub("", text)
        quoted = tuple(re.sub(r"\s+", " ", one) for one in re.findall(r"`([^`]+)`", rest))
        return cls(tuple(_FENCED.findall(text)), quoted, rest)

    @property
    def headings(self) -> list[str]:
        return re.findall(r"^(#+) ", self.prose, re.M)

    @property
    def tables(self) -> list[list[int]]:
        """The cells of each line of each table."""
        found = re.findall(r"(?:^\|.*\n)+", self.prose, re.M)
        return [[len(re.findall(r"(?<!\\)\|", row)) for row in one.splitlines()] for one in found]

    @property
    def anchors(self) -> list[str]:
        told = re.findall(r"^#+ (.+)$", self.prose, re.M)
        return [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in told]


def page_of(name: str) -> Page:
    return Page.of((ROOT / name).read_text(encoding="utf-8"))


def french(name: str) -> str:
    return name.removesuffix(".md") + ".fr.md"


def commands(shell: str) -> Iterator[list[str]]:
    """The commands of a script, without comments, pipes and files to read from or write to."""
    for line in shell.replace("\\\n", " ").splitlines():
        reader = shlex.shlex(line, posix=True, punctuation_chars=";&|<>()")
        reader.whitespace_split = True
        words: list[str] = []
        for word in [*reader, ";"]:
            if word[0] not in ";&|<>()":
                words.append(word)
            elif words:
                yield words
                words = []


def differences(english: Page, other: Page) -> Iterator[str]:
    """Where the parts of a page and of its French one are not the same."""
    if english.headings != other.headings:
        yield f"headings {english.headings} and {other.headings}"
    if english.tables != other.tables:
        yield f"tables {english.tables} and {other.tables}"
    if [lang for lang, _ in english.blocks] != [lang for lang, _ in other.blocks]:
        yield "blocks of code"
        return
    for (lang, ours), (_, theirs) in zip(english.blocks, other.blocks, strict=True):
        if lang == "sh":
            said = [[FRENCH.get(word, word) for word in one] for one in commands(ours)]
            told = list(commands(theirs))
            yield from (f"{a} and {b}" for a, b in zip(said, told, strict=False) if a != b)
            if len(said) != len(told):
                yield f"{len(said)} and {len(told)} commands"
        elif lang == "toml" and tomllib.loads(ours) != tomllib.loads(theirs):
            yield f"settings {ours} and {theirs}"


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """Of each command ("" is `vigie` itself): `options` (whether it takes a value), how many
    `arguments` (-1: any number), `commands` of a group. From the program, in a process of its own:
    it imports those commands only that its command line names."""
    code = """
import importlib, json, sys
import typer
from vigie.cli import app

sys.argv = ["vigie", *(name for _, name, _ in app.COMMANDS)]
importlib.reload(app)
told = {}

def tell(command, path):
    inner = getattr(command, "commands", {})
    options = [one for one in command.params if one.param_type_name == "option"]
    others = [one.nargs for one in command.params if one.param_type_name == "argument"]
    told[" ".join(path)] = {
        "options": {
            name: not one.is_flag for one in options for name in (*one.opts, *one.secondary_opts)
        } | {"--help": False},
        "arguments": -1 if -1 in others else sum(others),
        "commands": list(inner),
    }
    for name, one in inner.items():
        tell(one, [*path, name])

tell(typer.main.get_command(app.app), [])
print(json.dumps(told))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert len(told) > 30, list(told)
    return told


def unknown(words: list[str], program: Mapping[str, Any], *, open_end: bool = False) -> list[str]:
    """What `vigie WORDS` names and the program has not; after an `open_end` come other words."""
    path, given, wrong = "", 0, []
    rest = [word for word in words if word != "…"]
    while rest:
        word = rest.pop(0)
        known = program[path]
        if word.startswith("-"):
            name, equals, _ = word.partition("=")
            if name not in known["options"]:
                wrong.append(f"vigie {path}: no option {name}")
            elif known["options"][name] and not equals and rest:
                rest.pop(0)
        elif word in known["commands"]:
            path = f"{path} {word}".strip()
        elif known["commands"]:
            return [*wrong, f"vigie {path}: no command {word}"]
        else:
            given += 1
    many = program[path]["arguments"]
    if not open_end and -1 < many < given:
        wrong.append(f"vigie {path}: {given} arguments, takes {many}")
    return wrong


def called(page: Page) -> Iterator[list[str]]:
    for lang, text in page.blocks:
        if lang == "sh":
            yield from commands(text)
    for text in page.quoted:
        if re.match(r"(vigie|make|python -m) ", text):
            yield from commands(text)


def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", text, re.M))


def uncallable(page: Page, program: Mapping[str, Any]) -> Iterator[str]:
    """Commands, options, targets and modules that a page names and that are not there."""
    for words in called(page):
        first = words[0].rsplit("/", 1)[-1]
        if first == "vigie":
            yield from unknown(words[1:], program)
        elif first == "make":
            for word in words[1:]:
                if word.startswith("ARGS="):
                    if words[1] == "demo":
                        given = shlex.split(word.removeprefix("ARGS="))
                        yield from unknown(["demo", *given], program)
                elif word not in targets():
                    yield f"make: no target {word}"
        elif first.startswith("python") and words[1:2] == ["-m"] and find_spec(words[2]) is None:
            yield f"no module {words[2]}"


def astray(page: Page, at: Path) -> Iterator[str]:
    """Links and paths that lead nowhere, from a page at a path."""
    for link in _LINK.findall(page.prose):
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (at.parent / path).resolve() if path else at
        if not target.exists():
            yield f"{link}: no such file"
        elif anchor and anchor not in Page.of(target.read_text(encoding="utf-8")).anchors:
            yield f"{link}: no such heading"
    for text in page.quoted:
        if _PATH.fullmatch(text) and text not in MADE and not (ROOT / text).exists():
            yield f"{text}: no such file"


def refused(page: Page) -> Iterator[str]:
    """Settings that are shown and that Vigie would not take."""
    shown = [text for lang, text in page.blocks if lang == "toml"]
    for text in page.quoted:  # `[table] key = value`
        if found := re.fullmatch(r"(\[[\w.]+\]) (\w+ = .+)", text):
            shown.append("\n".join(found.groups()).replace("…", "a.example"))
    for text in shown:
        document = tomllib.loads(text)
        try:
            if {"columns", "file", "made"} & set(document):
                parse(document, "MAP.toml")
            else:
                read_text(text if "workspace" in document else MINIMAL + text)
        except VigieError as error:
            yield str(error)


@pytest.mark.parametrize("name", USERS)
def test_a_page_and_its_french_one_are_the_same(name: str) -> None:
    assert (ROOT / french(name)).is_file()
    english, other = page_of(name), page_of(french(name))
    assert Path(french(name)).name in _LINK.findall(english.prose)
    assert Path(name).name in _LINK.findall(other.prose)
    assert not list(differences(english, other))


def test_every_french_page_has_an_english_one() -> None:
    assert {one for one in PAGES if one.endswith(".fr.md")} == {french(name) for name in USERS}


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_names_is_there(name: str, program: dict[str, Any]) -> None:
    page = page_of(name)
    assert not list(astray(page, ROOT / name))
    if not name.startswith(("docs/decisions/", "benchmarks/")):  # those tell of their day
        assert not list(uncallable(page, program))
        assert not list(refused(page))


@pytest.mark.parametrize("name", DEPLOYED)
def test_what_deployment_calls_is_there(name: str, program: dict[str, Any]) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for line in re.findall(r"(?<![\w./-])vigie +([a-z-][^\n\"#]*)", text):
        assert not unknown(re.split(r"[\s:,;.]+", line.strip()), program, open_end=True)


def test_the_program_is_called_everywhere(program: dict[str, Any]) -> None:
    """Pages and deployment are seen to call it: the tests above look at something."""
    words = [one for name in PAGES for one in called(page_of(name)) if one[0].endswith("vigie")]
    assert len(words) > 100
    named = {word for one in words for word in one}
    assert {name for name in program if name and " " not in name} <= named
    assert "vigie init" in (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")


BROKEN = {
    "```sh\nmake domo\n```\n": "make: no target domo",
    "```sh\nvigie serch tea\n```\n": "vigie : no command serch",
    "```sh\ncd x && ../.venv/bin/vigie run --all # all\n```\n": "vigie run: no option --all",
    "```sh\nvigie trends; vigie alerts now\n```\n": "vigie alerts: 1 arguments, takes 0",
    "See `vigie dashboards\nsend URL`.\n": "vigie dashboards: no command send",
    "See `vigie --quiet …`.\n": "vigie : no option --quiet",
    '`make demo ARGS="--fast"`\n': "vigie demo: no option --fast",
    "`python -m vigie.nowhere`\n": "no module vigie.nowhere",
    "[a](docs/nowhere.md)\n": "docs/nowhere.md: no such file",
    "[a](docs/query.md#nowhere)\n": "docs/query.md#nowhere: no such heading",
    "See `vigie/nowhere.py`.\n": "vigie/nowhere.py: no such file",
    '```toml\n[store]\nengin = "opensearch"\n```\n': "engin: unknown key",
    "`[store] keep_day = 400`\n": "keep_day: unknown key",
    '```toml\n[columns]\ntxt = "b"\n```\n': "txt",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_wrong_is_found(text: str, program: dict[str, Any]) -> None:
    page = Page.of(text)
    found = [*uncallable(page, program), *astray(page, ROOT / "README.md"), *refused(page)]
    assert len(found) == 1, found
    assert BROKEN[text] in found[0]


def test_what_is_right_is_not_found(program: dict[str, Any]) -> None:
    page = Page.of(
        "# A\n\n## What it costs: 2\n\n[a](#a)"
        " [b](docs/query.md#what-it-costs)\n\n`vigie/errors.py`\n"
        "```sh\nvigie connect telegram < k; vigie dashboards push URL --lang en  # both\n```\n"
        '```toml\n[store]\nengine = "opensearch"\n```\n'
    )
    assert page.anchors == ["a", "what-it-costs-2"]
    found = [*uncallable(page, program), *refused(page)]
    assert [*found, *astray(page, ROOT / "README.md")] == ["#a: no such heading"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("# A\n\n## B\n", "# A\n\n### B\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "| a | b |\n|---|---|\n"),
        ("| a | b |\n|---|---|\n", "| a |\n|---|\n"),
        ("```sh\nvigie run\n```\n", ""),
        ("```sh\nvigie run --lang en\n```\n", "```sh\nvigie run --lang en\n```\n"),
        ("```sh\nvigie run; vigie check\n```\n", "```sh\nvigie run\n```\n"),
        ("```toml\nbatch = 20000\n```\n", "```toml\nbatch = 2000\n```\n"),
    ],
)
def test_what_differs_is_found(ours: str, theirs: str) -> None:
    assert list(differences(Page.of(ours), Page.of(theirs)))
    assert not list(differences(Page.of(ours), Page.of(ours.replace("--lang en", "--lang fr"))))
