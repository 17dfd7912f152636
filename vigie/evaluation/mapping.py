"""How a platform's mapper reads recorded bodies: `vigie evaluate mapping DIR`.

A folder holds bodies and an `index.json`, a list with one entry a body: `file`, `endpoint`,
`status`, and, where known, `url`, `method`, `headers`. The folder's name is the platform's.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from vigie.errors import ConfigError, MappingError
from vigie.records import samples_of
from vigie.sources import Answer

# Recorded bodies are of all ages: one moment after all of them, so that no time is in the future.
COLLECTED_AT = datetime(2099, 1, 1, tzinfo=UTC)
COUNTS = ("bodies", "posts", "accounts", "metric_samples", "tombstones", "quarantined", "errors")
DRIFT = ("missing", "unknown", "retyped")


def evaluate(folder: Path) -> dict[str, Any]:
    """What the bodies of a folder become, in all and by endpoint, with the fields that the mapper
    does not know, misses, or knows of another type. `quarantined` counts bodies that it refuses
    with a reason, `errors` those at which it fails; a recorded error answer is neither. Raises
    ConfigError."""
    from crawlers import load

    platform = folder.resolve().name
    mapper = load(platform)
    total: Counter[str] = Counter()
    endpoints: dict[str, dict[str, Any]] = {}
    reasons: list[dict[str, str]] = []
    for name, answer in answers(folder, platform):
        counted = Counter(bodies=1)
        told = endpoints.setdefault(
            answer.endpoint,
            {**dict.fromkeys(COUNTS, 0), **{name: Counter() for name in DRIFT}},
        )
        try:
            mapped = mapper.map(answer)
        except MappingError as error:
            counted["quarantined"] = 1
            reasons.append({"file": name, "reason": str(error)})
        except Exception as error:  # what this command is there to count
            counted["errors"] = 1
            reasons.append({"file": name, "reason": f"{type(error).__name__}: {error}"})
        else:
            samples = sum(1 for post in mapped.posts for _ in samples_of(post))
            counted.update(
                posts=len(mapped.posts),
                accounts=len(mapped.accounts),
                metric_samples=len(mapped.samples) + samples,
                tombstones=len(mapped.tombstones),
            )
            for name in DRIFT:
                told[name].update(getattr(mapped, name))
        total.update(counted)
        for key, number in counted.items():
            told[key] += number
    for told in endpoints.values():
        told |= {name: dict(told[name]) for name in DRIFT}
    return {
        "platform": platform,
        **{key: total[key] for key in COUNTS},
        "endpoints": endpoints,
        "reasons": reasons,
    }


def answers(folder: Path, platform: str) -> Iterator[tuple[str, Answer]]:
    """The recorded answers of a folder, with their files' names. Raises ConfigError where there is
    no index."""
    index = folder / "index.json"
    try:
        entries = orjson.loads(index.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(
            f"no readable index.json: {error}", where=str(folder), do="give a folder of bodies"
        ) from error
    for entry in entries:
        yield entry["file"], _answer(folder, platform, entry)


def _answer(folder: Path, platform: str, entry: Mapping[str, Any]) -> Answer:
    path = folder / entry["file"]
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    url = entry.get("url") or ""
    return Answer(
        platform=platform,
        endpoint=entry["endpoint"],
        target=f"{platform}/recorded/{entry['file']}",
        url=url,
        request_url=url,
        method=entry.get("method") or "GET",
        status=int(entry.get("status") or 200),
        headers=entry.get("headers") or {},
        body=body,
        collected_at=COLLECTED_AT,
        run_id="evaluate",
        meta=entry.get("meta") or {},
    )
