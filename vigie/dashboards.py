"""Saved objects for OpenSearch Dashboards and Kibana: index patterns and searches, one file a
language, which both import as they are.

`dashboards/vigie.LANG.ndjson` are written by `python -m vigie.dashboards` and compared with `lines`
in a test, which also holds every field against the index templates. Objects refer to one another by
reference, never by value, and an index pattern lists no fields: the engine knows them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vigie.locales import LANGUAGES, Lang

FOLDER = Path(__file__).resolve().parent.parent / "dashboards"
# Object versions that Dashboards 2.x and 3.x and Kibana from 7.10 on read.
VERSIONS = {"index-pattern": "7.6.0", "search": "7.9.3"}
INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"
PATTERNS = {  # name: index, its time
    "posts": ("vigie-posts-*", "published_at"),
    "metrics": ("vigie-metrics-*", "captured_at"),
    "trends": ("vigie-trends", "detected_at"),
    "alerts": ("vigie-alerts", "started_at"),
    "influencers": ("vigie-influencers", "as_of"),
    "runs": ("vigie-runs", "started_at"),
}
_POST = ("platform", "author.handle", "text", "language", "sentiment.label", "engagement")
# name: pattern, French and English title, query, columns
SEARCHES: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "posts": ("posts", "Publications", "Posts", "state:live", _POST),
    "earned": (
        "posts", "Mentions spontanées", "Earned mentions",
        "state:live and origin:earned and brands:*", ("brands", *_POST),
    ),
    "negative": (
        "posts", "Mentions négatives", "Negative mentions",
        "state:live and origin:earned and brands:* and sentiment.label:negative",
        ("brands", *_POST),
    ),
    "trends": (
        "trends", "Tendances", "Trends", "",
        ("name", "stage", "posts", "authors", "growth"),
    ),
    "alerts": (
        "alerts", "Alertes", "Alerts", "",
        ("kind", "subject", "severity", "observed", "expected", "status"),
    ),
    "influencers": (
        "influencers", "Candidats influenceurs", "Influencer candidates", "",
        ("score", "handle", "platform", "kind", "followers"),
    ),
}  # fmt: skip


def objects(lang: Lang) -> Iterator[dict[str, Any]]:
    """The saved objects in a language: patterns first, then what refers to them. Ids are stable, so
    that importing again replaces."""
    for name, (title, time) in PATTERNS.items():
        yield _object("index-pattern", f"vigie-{name}", {"title": title, "timeFieldName": time})
    for name, (pattern, fr, en, query, columns) in SEARCHES.items():
        source = {
            "query": {"query": query, "language": "kuery"},
            "filter": [],
            "highlightAll": True,
            "version": True,
            "indexRefName": INDEX,
        }
        attributes = {
            "title": f"Vigie · {fr if lang == 'fr' else en}",
            "description": "",
            "hits": 0,
            "columns": list(columns),
            "sort": [[PATTERNS[pattern][1], "desc"]],
            "version": 1,
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
        }
        reference = {"name": INDEX, "type": "index-pattern", "id": f"vigie-{pattern}"}
        yield _object("search", f"vigie-{name}-{lang}", attributes, reference)


def lines(lang: Lang) -> str:
    """The file of a language: one object a line."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects(lang))


def write(folder: Path) -> list[Path]:
    """Writes the files of both languages and answers with their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for lang in LANGUAGES:
        path = folder / f"vigie.{lang}.ndjson"
        path.write_text(lines(lang), encoding="utf-8")
        paths.append(path)
    return paths


def _object(
    kind: str, id: str, attributes: dict[str, Any], *refs: dict[str, str]
) -> dict[str, Any]:
    return {
        "id": id,
        "type": kind,
        "attributes": attributes,
        "references": list(refs),
        "migrationVersion": {kind: VERSIONS[kind]},
    }


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
