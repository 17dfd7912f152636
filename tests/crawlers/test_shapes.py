"""The JSON types of fields, as samples show them, and what is told where an answer has others."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest

import crawlers
from crawlers import fields
from crawlers.fields import Keys, drift, keys
from tests.crawlers.test_samples import FILES, answer_of
from vigie.evaluation.mapping import evaluate
from vigie.sources import Mapped

SHAPES = Path(crawlers.__file__).parent / "shapes"
Shapes = dict[str, dict[str, dict[str, str]]]


def shown(monkeypatch: pytest.MonkeyPatch) -> Shapes:
    """What all samples show: module → object → key → types. While they are read nothing is
    known of types, so that every object is in order and its keys remember it."""
    fields.shapes.cache_clear()
    monkeypatch.setattr(fields, "shapes", lambda module: {})
    made = [one for one in gc.get_objects() if isinstance(one, Keys)]
    for one in made:
        one.good.clear()
    for path in FILES:
        answer = answer_of(path)
        crawlers.load(answer.platform).map(answer)
    found: dict[str, dict[str, dict[str, set[str]]]] = {}
    for one in [one for one in gc.get_objects() if isinstance(one, Keys)]:
        for path, _, *rest in one.good:
            names, types = rest[: len(rest) // 2], rest[len(rest) // 2 :]
            known = found.setdefault(one.module, {}).setdefault(path.rpartition(".")[2], {})
            for name, kind in zip(names, types, strict=True):
                if kind in fields._KINDS:
                    known.setdefault(name, set()).add(fields._KINDS[kind])
        one.good.clear()
    return {
        module: {
            name: {key: "|".join(sorted(types)) for key, types in sorted(known.items())}
            for name, known in sorted(objects.items())
        }
        for module, objects in sorted(found.items())
    }


def test_types_are_those_of_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    found = shown(monkeypatch)
    assert found, "samples show objects"
    held = {path.stem: json.loads(path.read_text()) for path in SHAPES.glob("*.json")}
    if found != held:
        for path in SHAPES.glob("*.json"):
            path.unlink()
        for module, objects in found.items():
            text = json.dumps(objects, ensure_ascii=False, indent=1)
            (SHAPES / f"{module}.json").write_text(f"{text}\n")
        pytest.fail("crawlers/shapes/ did not say what the samples show and is written again")


@pytest.mark.parametrize("platform", crawlers.names())
def test_recorded_bodies_have_the_types_that_the_samples_show(shared: Path, platform: str) -> None:
    """Where one fails: add a sample that shows the other type, or write `key:type|type`."""
    if not (shared / "fixtures" / platform).is_dir():
        pytest.skip(f"no recordings of {platform}")
    told = evaluate(shared / "fixtures" / platform)
    assert not {field for one in told["endpoints"].values() for field in one["retyped"]}


STATUS = keys("id text count:number|text flag tags")


def told(*objects: dict[str, Any]) -> Mapped:
    mapped = Mapped()
    for one in objects:
        drift(mapped, "list.status", one, STATUS, keys("id text"))
    return mapped


def test_new_missing_and_retyped_fields_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        fields,
        "shapes",
        lambda module: {"status": {"id": frozenset({"text"}), "flag": frozenset({"truth"})}},
    )
    STATUS.good.clear()
    fine = {"id": "1", "text": "x", "count": 3, "flag": None, "tags": []}
    mapped = told(fine, fine, {**fine, "count": "3", "tags": {"now": "an object"}})
    assert not [*mapped.unknown, *mapped.missing, *mapped.retyped]
    assert mapped.seen == {"list.status": 3}
    mapped = told({**fine, "id": 1}, {**fine, "flag": 1, "new": 2}, {"id": "2"}, fine)
    assert mapped.retyped == {"list.status.id=number": 1, "list.status.flag=number": 1}
    assert mapped.unknown == {"list.status.new": 1}
    assert mapped.missing == {"list.status.text": 1}
    assert told({**fine, "id": 1}).retyped, "what is not in order is told each time"


def test_a_set_of_keys_keeps_its_types_when_it_grows() -> None:
    more = STATUS | keys("other:text")
    assert more == {*STATUS, "other"}
    assert more.told == {"count": frozenset({"number", "text"}), "other": frozenset({"text"})}
