"""One declaration per chart: its question, its query in the aggregation DSL, its Vega-Lite spec.

A declaration is data. The explorer draws it; dashboards, briefing and exports read the same one.

- `aggs` holds the placeholders `$interval` and `$zone`, which `ask` fills in.
- `levels` names the nested buckets, outermost first; `rows` flattens an answer into one row per
  innermost bucket, with one column per level (its key), `posts`, and one per entry of `measures`.
- `spec` is Vega-Lite without data: it reads `datasets.rows`, and the time chart also `marks`
  (alerts, moments) and `bands` (outages). Colours are names of the style sheet's custom properties
  (`--own`, `--cat-1`); a surface resolves them for its theme.
- `doors` tells which filter a level narrows, so that every mark leads to the posts behind it.
"""

from __future__ import annotations

from vigie.panels import breakdowns, overtime
from vigie.panels.panel import Panel, ask, rows

__all__ = ["PANELS", "Panel", "ask", "rows"]

PANELS: dict[str, Panel] = {panel.id: panel for panel in (*overtime.PANELS, *breakdowns.PANELS)}
