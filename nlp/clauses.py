"""Which part of a post speaks of which brand, where it names several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlp.gazetteer import Naming

# Ends of a sentence or a clause, and words that turn to the other side, in French and English.
_BREAK = re.compile(
    r"[.!?;…\n]+\s|[,:–—]\s|\s(?=(?:mais|alors que|tandis que|par contre|en revanche"
    r"|contrairement à|plutôt que|but|while|whereas|unlike|however|although|instead of"
    r"|rather than)\b)",
    re.IGNORECASE,
)


def by_brand(text: str, namings: Sequence[Naming]) -> dict[str, str]:
    """Brand → the words that speak of it: the clauses that name it and those that follow until
    another brand is named; what comes before the first name goes to the first brand."""
    brands = list(dict.fromkeys(naming.brand for naming in namings))
    if len(brands) < 2:
        return dict.fromkeys(brands, text)
    ends = [match.end() for match in _BREAK.finditer(text)]
    parts: dict[str, list[str]] = {brand: [] for brand in brands}
    current = {namings[0].brand}
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        named = {naming.brand for naming in namings if start <= naming.start < end}
        current = named or current
        for brand in current:
            parts[brand].append(text[start:end])
    return {brand: "".join(found) for brand, found in parts.items()}
