"""A sample beside a crawler is the proof of its mapper: body in, expected records out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import crawlers
from vigie.sources import Answer, Mapped

SAMPLES = Path(crawlers.__file__).parent / "samples"
FILES = sorted(path for path in SAMPLES.glob("*.json") if not path.name.endswith(".expected.json"))
AT = datetime(2026, 2, 4, 9, 0, tzinfo=UTC)
SECRETS = re.compile(
    r"access_?token|refresh_?token|client_?secret|api_?key|password|"
    r"authorization(?! error)|bearer ",  # X calls an error so
    re.I,
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}\b(?!/)", re.I)


def answer_of(path: Path) -> Answer:
    """The answer that a sample stands for; `<platform>.<endpoint>[-<case>].json`."""
    given = json.loads(path.read_text())
    platform, _, rest = path.stem.partition(".")
    body = given["text"] if "text" in given else json.dumps(given["body"], ensure_ascii=False)
    return Answer(
        platform=platform,
        endpoint=rest.partition("-")[0],
        target=f"{platform}/sample/{rest}",
        url=given["url"],
        request_url=given["url"],
        method="GET",
        status=given["status"],
        headers=given.get("headers", {}),
        body=body.encode(),
        collected_at=AT,
        run_id="sample",
        brand=given.get("brand"),
        meta=given.get("meta", {}),
    )


def told(mapped: Mapped) -> dict[str, Any]:
    records = {
        name: [
            record.model_dump(mode="json", exclude_defaults=True, exclude={"source": {"run_id"}})
            for record in getattr(mapped, name)
        ]
        for name in ("posts", "accounts", "samples", "tombstones")
    }
    return {**records, "unknown": dict(mapped.unknown), "missing": dict(mapped.missing)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_maps_to_its_expected_records(path: Path) -> None:
    answer = answer_of(path)
    found = told(crawlers.load(answer.platform).map(answer))
    expected = path.with_suffix(".expected.json")
    if not expected.exists():
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        pytest.fail(f"{expected.name} was missing and is written: read it, then commit it")
    assert found == json.loads(expected.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_addresses_that_are_none_cost_no_post(path: Path) -> None:
    answer = answer_of(path)
    crawler = crawlers.load(answer.platform)
    spoilt = replace(answer, body=re.sub(rb"(https?):(\\?/){2}", rb"\1://[", answer.body))
    wanted, found = crawler.map(answer), crawler.map(spoilt)
    assert len(found.posts) == len(wanted.posts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_belongs_to_an_endpoint(path: Path) -> None:
    answer = answer_of(path)
    assert answer.platform in crawlers.names(), "unused sample: no such crawler"
    assert answer.endpoint in crawlers.load(answer.platform).endpoints, "unused sample"


@pytest.mark.parametrize("name", crawlers.names())
def test_every_endpoint_has_a_sample(name: str) -> None:
    have = {answer_of(path).endpoint for path in FILES if path.name.startswith(f"{name}.")}
    missing = set(crawlers.load(name).endpoints) - have
    assert not missing, f"add crawlers/samples/{name}.<endpoint>.json for {sorted(missing)}"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_sample_holds_no_secret_and_no_address_of_a_person(path: Path) -> None:
    text = path.read_text()
    assert not SECRETS.search(text)
    assert not [found for found in EMAIL.findall(text) if not found.endswith(".example")]


def test_every_expectation_has_a_sample() -> None:
    expected = {path.name for path in SAMPLES.glob("*.expected.json")}
    assert expected == {path.with_suffix(".expected.json").name for path in FILES}


def test_a_crawler_is_documented_and_reads_platforms_lazily() -> None:
    for name in crawlers.names():
        crawler = crawlers.load(name)
        words = __import__(f"crawlers.{name}", fromlist=["x"]).__doc__ or ""
        assert crawler.name == name
        for word in ("Collected:", "Terms:", "Missing:", "Quota:"):
            assert word in words, f"{name}: its docstring does not say {word}"
