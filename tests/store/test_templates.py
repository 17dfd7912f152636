"""Index templates: those on disk are those that follow from the records."""

from __future__ import annotations

from pathlib import Path

from vigie.store.templates import render, templates

FOLDER = Path(__file__).resolve().parent.parent.parent / "index_templates"


def test_templates_on_disk_follow_from_the_records() -> None:
    bodies = {name: render(body) for name, body in templates().items()}
    on_disk = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
    assert on_disk == bodies, "run: python -m vigie.store.templates"


def test_every_analyzer_that_is_named_is_defined() -> None:
    bodies = templates()
    defined = bodies["vigie-analysis.component.json"]["template"]["settings"]["analysis"]
    posts = bodies["vigie-posts.json"]["template"]["mappings"]["properties"]
    named = {posts["text"]["analyzer"], posts["words"]["analyzer"]}
    named |= {field["analyzer"] for field in posts["text"]["fields"].values()}
    assert named <= set(defined["analyzer"])
    filters = {name for one in defined["analyzer"].values() for name in one.get("filter", ())}
    assert filters <= set(defined["filter"]) | {"lowercase", "asciifolding"}


def test_times_are_dates() -> None:
    """A time that no engine can order would be a silent loss: none is mapped as something else."""
    for name, body in templates().items():
        for field, mapped in (body["template"].get("mappings") or {}).get("properties", {}).items():
            if field.endswith("_at") or field.startswith("window_"):
                assert mapped == {"type": "date"}, (name, field)
