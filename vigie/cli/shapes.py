"""What `vigie status` says of answers whose shape changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vigie.cli.words import clean

if TYPE_CHECKING:
    from vigie.insights.drift import Change
    from vigie.locales.wording import Wording

SHOWN = 12
KINDS = {
    "new": ("champ nouveau", "new field"),
    "missing": ("champ absent", "missing field"),
    "retyped": ("champ d’un autre type", "field of another type"),
}


def drift_row(one: Change) -> dict[str, Any]:
    """A change as `vigie status --json` tells it."""
    return {
        "platform": one.platform,
        "endpoint": one.endpoint,
        "field": one.field,
        "kind": one.kind,
        "since": one.since.isoformat(),
        "times": one.times,
        "share": one.share,
    }


def drift_lines(changes: Sequence[Change], w: Wording) -> list[str]:
    """The changes for a person, a line each; none where answers are as they were."""
    if not changes:
        return []
    fr = w.lang == "fr"
    lines = ["forme des réponses\u00a0:" if fr else "shape of the answers:"]
    for one in changes[:SHOWN]:
        since = f"{'depuis le' if fr else 'since'} {w.moment(one.since)}"
        share = "" if one.share is None else f", {w.percent(one.share)}"
        what = KINDS[one.kind][not fr]
        lines.append(clean(f"  {one.platform} {one.endpoint}: {what} {one.field} ({since}{share})"))
    if left := len(changes) - SHOWN:
        more = f"  … et {left} autres" if fr else f"  … and {left} more"
        lines += [more] if left > 0 else []
    return lines
