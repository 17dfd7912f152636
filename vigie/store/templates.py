"""Index templates for OpenSearch and Elasticsearch, derived from the records.

One set for every engine: analysis lies in a component, mappings in the index templates (a component
is validated alone, so that mappings cannot name another's analyzers), types are those that all
engines have, mappings are strict. `index_templates/*.json` are written by `write` and compared with
`templates` in a test: a record that changes without its template fails it.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from vigie.records import RECORDS, MetricSample, Post, Record
from vigie.store.documents import engine_name
from vigie.store.index import FLAGS, FLOATS, FOUND, GROUPED, INTEGERS, KEYWORDS

SCHEMA = 1
Properties = dict[str, Any]

# As tantivy, which takes any length; a longer term would be refused by the engine.
_KEYWORD: Properties = {"type": "keyword", "ignore_above": 8191}
_UNREAD: Properties = {"type": "object", "enabled": False}
_TEXT: Properties = {
    "type": "text",
    "analyzer": "names",
    "fields": {
        "fr": {"type": "text", "analyzer": "french_social"},
        "en": {"type": "text", "analyzer": "english_social"},
    },
}
_CUT: Properties = {"type": "text", "analyzer": "cut", "norms": True}
_DATE: Properties = {"type": "date"}
# What people see and search in Dashboards, beside what vigie/store/index.py declares.
_SHOWN: Properties = {
    "text": _TEXT,
    "title": _TEXT,
    "url": {"type": "keyword", "index": False, "doc_values": False},
    "author.name": _KEYWORD,
    "published_at": _DATE,
    "collected_at": _DATE,
    "first_seen_at": _DATE,
    "kept": _UNREAD,
}
# Elision and stop words as French tweets need them: "été" is a season, not a stop word.
_ARTICLES = ["l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "lorsqu", "puisqu", "quoiqu"]
_FRENCH_STOPS = (
    "au aux avec ce ces cette dans de des du elle elles en et eux il ils je la le les leur leurs "
    "lui ma mais me mes moi mon ne nos notre nous on ou par pas pour que qui sa se ses son sur ta "
    "te tes toi ton tu un une vos votre vous"
)


def templates(prefix: str = "vigie") -> dict[str, dict[str, Any]]:
    """File name → body: the component and one index template per kind of record. Another prefix
    than Vigie's is that of all names."""
    bodies: dict[str, dict[str, Any]] = {
        f"{prefix}-analysis.component.json": _component(),
        f"{prefix}-posts.json": _template(prefix, "posts", post_properties(), many=True),
        f"{prefix}-metrics.json": _template(
            prefix, "metrics", _properties(MetricSample), many=True
        ),
        f"{prefix}-leases.json": _template(
            prefix, "leases", {"holder": _KEYWORD, "until": {"type": "double"}}
        ),
        f"{prefix}-settings.json": _template(prefix, "settings", {"settings": _UNREAD}),
    }
    for kind, record in RECORDS.items():
        if record in (Post, MetricSample):
            continue
        name = f"{kind.replace('_', '-')}s"
        properties = {**_properties(record), "kept": _UNREAD}
        bodies[f"{prefix}-{name}.json"] = _template(prefix, name, properties)
    return bodies


def post_properties() -> Properties:
    """The mapping of posts: the fields of vigie/store/index.py and what people see."""
    flat: Properties = dict(_SHOWN)
    flat |= dict.fromkeys((engine_name(name) for name in ("words", "title", "body")), _CUT)
    flat |= dict.fromkeys((engine_name(name) for name in (*KEYWORDS, *GROUPED, *FOUND)), _KEYWORD)
    flat |= {
        engine_name(name): {"type": "long"} for name in INTEGERS if name not in ("row", "digest")
    }
    flat |= {name: {"type": "double"} for name in FLOATS}
    flat |= {name: {"type": "boolean"} for name in FLAGS}
    return _nested(flat)


def _nested(flat: Properties) -> Properties:
    """Dotted names as objects in objects."""
    whole: Properties = {}
    for name, mapping in flat.items():
        *path, last = name.split(".")
        place = whole
        for part in path:
            place = place.setdefault(part, {"properties": {}})["properties"]
        place[last] = mapping
    return whole


def write(folder: Path) -> None:
    """Writes all templates, in the order and form in which they are compared."""
    for name, body in templates().items():
        (folder / name).write_text(render(body), encoding="utf-8")


def render(body: Mapping[str, Any]) -> str:
    import json

    return json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _template(
    prefix: str, name: str, properties: Properties, *, many: bool = False
) -> dict[str, Any]:
    template: dict[str, Any] = {"mappings": {"dynamic": "strict", "properties": properties}}
    if many:
        template["aliases"] = {f"{prefix}-{name}": {}}
    return {
        "index_patterns": [f"{prefix}-{name}-*" if many else f"{prefix}-{name}"],
        "priority": 500,
        "composed_of": [f"{prefix}-analysis"],
        "template": template,
        "_meta": {"managed_by": "vigie", "schema": SCHEMA},
    }


def _component() -> dict[str, Any]:
    filters = {
        "elision": {"type": "elision", "articles_case": True, "articles": _ARTICLES},
        "french_stops": {"type": "stop", "stopwords": _FRENCH_STOPS.split()},
        "french_stems": {"type": "stemmer", "language": "light_french"},
        "english_possessive": {"type": "stemmer", "language": "possessive_english"},
        "english_stops": {"type": "stop", "stopwords": "_english_"},
        "english_stems": {"type": "stemmer", "language": "english"},
    }
    french = ["elision", "lowercase", "french_stops", "french_stems", "asciifolding"]
    english = [
        "english_possessive", "lowercase", "english_stops", "english_stems", "asciifolding",
    ]  # fmt: skip
    analyzers = {
        "cut": {"type": "custom", "tokenizer": "whitespace"},
        "names": _analyzer(["elision", "lowercase", "asciifolding"]),  # names are never stemmed
        "french_social": _analyzer(french),
        "english_social": _analyzer(english),
    }
    index = {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",  # green on one node, a copy on three
        "refresh_interval": "5s",
        "mapping": {"total_fields": {"limit": 300}},
    }
    analysis = {"filter": filters, "analyzer": analyzers}
    settings = {"index": index, "analysis": analysis}
    return {"template": {"settings": settings}, "_meta": {"managed_by": "vigie", "schema": SCHEMA}}


def _analyzer(filters: list[str]) -> dict[str, Any]:
    return {"type": "custom", "tokenizer": "standard", "filter": filters}


def _properties(model: type[BaseModel]) -> Properties:
    properties = {name: _mapping(field.annotation) for name, field in model.model_fields.items()}
    if issubclass(model, Record):
        properties["id"] = _KEYWORD
    return properties


def _mapping(kind: Any) -> Properties:
    """The mapping of a field's type; what has no fixed inside is kept and not indexed."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _mapping(get_args(kind)[0])
    if origin is Literal:
        return _KEYWORD
    if origin in (Union, types.UnionType):
        return _mapping(next(one for one in get_args(kind) if one is not type(None)))
    if origin is tuple:
        return _mapping(get_args(kind)[0])
    if isinstance(kind, type):
        if issubclass(kind, BaseModel):
            return {"properties": _properties(kind)}
        if issubclass(kind, bool):
            return {"type": "boolean"}
        plain = {str: _KEYWORD, int: {"type": "long"}, float: {"type": "double"}}
        if kind in plain:
            return plain[kind]
        if kind is AwareDatetime or issubclass(kind, datetime):
            return {"type": "date"}
    return _UNREAD


if __name__ == "__main__":
    write(Path(__file__).resolve().parent.parent.parent / "index_templates")
