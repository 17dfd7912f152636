"""The registry as a page of the documentation: `python -m vigie.metrics.page > docs/metrics.md`."""

from __future__ import annotations

from vigie.metrics import DEFINITIONS, Definition

_HEAD = """\
# Metrics

Every figure that Vigie shows names one of these definitions and its version. Unknown is unknown,
never 0: what a missing term does stands with each. This page is made from
`vigie/metrics/definitions.toml` (`python -m vigie.metrics.page > docs/metrics.md`).

"""


def page() -> str:
    """The page as Markdown, one section per definition."""
    return _HEAD + "\n".join(_section(one) for one in DEFINITIONS.values())


def _section(one: Definition) -> str:
    platforms = ", ".join(one.platforms) or "all"
    until = f" until {one.until}" if one.until else ""
    return (
        f"## {one.title.en} · {one.title.fr}\n\n"
        f"`{one.id}` version {one.version}, {one.unit}, networks: {platforms}, "
        f"in force since {one.since}{until}\n\n"
        f"- {one.text.en} {one.nulls.en}\n"
        f"- {one.text.fr} {one.nulls.fr}\n"
        f"- Formula: {one.formula}\n"
        f"- Source: {one.source}\n"
    )


if __name__ == "__main__":
    print(page(), end="")
