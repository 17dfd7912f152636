"""The fields of a search engine's indices, with their types: what saved objects may ask."""

from __future__ import annotations

from typing import Any

from vigie.dashboards.patterns import PATTERNS
from vigie.store.templates import templates

NUMBERS = ("long", "integer", "byte", "double", "float")


def mapped(name: str) -> dict[str, Any]:
    """The mapping of an index pattern as its template declares it: what lies in what."""
    index = f"vigie-{PATTERNS[name].index}"
    (found,) = (
        body["template"]["mappings"]["properties"]
        for body in templates().values()
        if body.get("index_patterns") == [index]
    )
    return dict(found)


def flat(properties: dict[str, Any], above: str = "") -> dict[str, dict[str, Any]]:
    """Fields by their dotted names."""
    fields: dict[str, dict[str, Any]] = {}
    for name, field in properties.items():
        if "properties" in field:
            fields |= flat(field["properties"], f"{above}{name}.")
        else:
            fields[above + name] = field
    return fields


def known(name: str) -> dict[str, dict[str, Any]]:
    """The fields of an index pattern."""
    return flat(mapped(name))


def stored(field: dict[str, Any]) -> bool:
    """Whether it is read: shown, and found where it is indexed."""
    return bool(field.get("enabled", True))


def searchable(field: dict[str, Any]) -> bool:
    return stored(field) and bool(field.get("index", True)) and field["type"] != "object"


def groupable(field: dict[str, Any]) -> bool:
    """Whether it can be counted, grouped and sorted."""
    return searchable(field) and field["type"] != "text" and bool(field.get("doc_values", True))
