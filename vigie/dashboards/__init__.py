"""Dashboards for OpenSearch Dashboards and Kibana, one file a language, which both import as they
are.

`dashboards/vigie.LANG.ndjson` are written by `python -m vigie.dashboards` from the panels and
compared with them in a test, which also holds every field against the index templates.
"""

from __future__ import annotations

from pathlib import Path

from vigie.dashboards.saving import EXPLORER, Settings, lines, objects, write

__all__ = ["EXPLORER", "FOLDER", "Settings", "lines", "objects", "write"]

FOLDER = Path(__file__).resolve().parents[2] / "dashboards"
