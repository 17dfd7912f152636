"""The sentences that open a page: claims of `vigie.claims`, in the reader's language, each with the
posts behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from vigie.claims import Claim, compose, lead
from vigie.explorer.desk import Desk

FIGURE = re.compile("×\u00a0[\\d.,\u202f]*\\d|\\d[\\d.,]*\u202f?%")


@dataclass(frozen=True)
class Sentence:
    """A claim as it stands on a page."""

    id: str
    kind: str
    text: Markup
    confidence: str
    href: str  # its posts, beside the page
    count: int
    said: str  # what that door says: 12 posts
    url: str  # the page that tells more


def claims(desk: Desk) -> list[Claim]:
    """What the last run's findings say of the page's period, most pressing first."""
    found = desk.findings
    return compose(
        desk.watchlist,
        since=desk.scope.period.since,
        until=desk.scope.period.until,
        now=desk.now,
        trends=found.trends,
        alerts=found.alerts,
        benchmarks=found.benchmarks,
        influencers=found.influencers,
        questions=found.questions,
        sources=found.sources.values(),
    )


def opening(desk: Desk, limit: int = 3) -> list[Sentence]:
    """The lines to remember."""
    return told(desk, lead(claims(desk), limit))


def about(desk: Desk, wanted: Callable[[Claim], bool], limit: int = 3) -> list[Sentence]:
    """The sentences of one page's subject."""
    return told(desk, [claim for claim in claims(desk) if wanted(claim)][:limit])


def of_kinds(desk: Desk, kinds: Sequence[str], limit: int = 3) -> list[Sentence]:
    return about(desk, lambda claim: claim.kind in kinds, limit)


def of_subject(desk: Desk, *subjects: str, limit: int = 3) -> list[Sentence]:
    return about(desk, lambda claim: claim.subject in subjects, limit)


def linked(sentence: str, url: str) -> Markup:
    """A sentence whose first growth or share leads to the page that tells more."""
    found = FIGURE.search(sentence) if url else None
    if found is None:
        return escape(sentence)
    start, end = found.span()
    return Markup('{}<a class="figure" href="{}">{}</a>{}').format(
        sentence[:start], url, found[0], sentence[end:]
    )


def told(desk: Desk, chosen: Iterable[Claim]) -> list[Sentence]:
    words = desk.words
    sentences = []
    for claim in chosen:
        count = 0
        if claim.evidence:
            count = desk.count(desk.everything.narrow(post=claim.evidence))
        said = words.plural("%(n)s post", "%(n)s posts", count) % {"n": words.number(count)}
        sentences.append(
            Sentence(
                id=claim.id,
                kind=claim.kind,
                text=linked(claim.sentence(desk.lang), "" if claim.url == desk.path else claim.url),
                confidence=claim.confidence,
                href=desk.evidence(claim.evidence) if count else "",
                count=count,
                said=said,
                url=claim.url,
            )
        )
    return sentences
