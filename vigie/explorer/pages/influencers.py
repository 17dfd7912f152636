"""Influencers: whom to talk to, and why; one person with the posts that speak for it."""

from __future__ import annotations

from starlette.responses import Response

from vigie.explorer.desk import Desk
from vigie.explorer.render import answer
from vigie.explorer.sentences import of_kinds
from vigie.records import Account, Influencer, ShortlistState

FIRST = 40
APART = ("media", "brand")
SORTS = {
    "score": lambda person: (-person.score, person.id),
    "followers": lambda person: (-(person.followers or 0), person.id),
    "posts": lambda person: (-person.posts, person.id),
}


def influencers(desk: Desk) -> Response:
    networks = set(desk.scope.get("network"))
    kind = desk.param("kindof")
    sort = desk.param("sort") if desk.param("sort") in SORTS else "score"
    people = [
        person
        for person in desk.findings.influencers
        if (not networks or person.platform in networks) and (not kind or person.kind == kind)
    ]
    people.sort(key=SORTS[sort])
    ranked = [person for person in people if person.kind not in APART]
    return answer(
        desk,
        "influencers.html",
        title=desk.words.text("Influencers"),
        sentences=of_kinds(desk, ("influencer",)),
        people=ranked if desk.param("page") == "all" else ranked[:FIRST],
        hidden_people=0 if desk.param("page") == "all" else max(len(ranked) - FIRST, 0),
        apart=[person for person in people if person.kind in APART],
        kinds=sorted({person.kind for person in desk.findings.influencers}),
        kind=kind,
        sort=sort,
        sorts=tuple(SORTS),
        exports=[
            (format.upper(), desk.page(f"/shortlist.{format}", desk.always(desk.scope)))
            for format in ("xlsx", "csv")
        ],
        listed={state.id: state for state in desk.store.all(ShortlistState)},
    )


def signal(desk: Desk, name: str, value: float | None) -> str:
    """A sign of authenticity in its unit: a share in per cent, a distance in standard deviations,
    jumps counted."""
    words = desk.words
    if value is None:
        return words.text("unknown")
    if name.endswith("_share"):
        return words.percent(value)
    if name.endswith("_z"):
        return words.signed(value, "\u202fσ", 1)
    return words.number(value, 0 if name.endswith("_jumps") else 2)


def influencer(desk: Desk, id: str) -> Response:
    person: Influencer | None = desk.findings.person(id)
    (account,) = desk.store.get([id], Account)
    scope = desk.everything.narrow(author=id)
    total = desk.count(scope)
    if person is None and account is None and not total:
        return answer(desk, "missing.html", 404, title=desk.words.text("Influencer"))
    evidence = person.evidence if person else ()
    if evidence:
        hits = desk.find(desk.everything.narrow(post=evidence), sort="-engagement", size=8).hits
    else:
        hits = desk.find(scope, sort="-engagement", size=8).hits
    author = hits[0].post.author if hits else None
    known = person or account or author
    name = (known.name or known.handle) if known else None
    return answer(
        desk,
        "influencer.html",
        title=name or id,
        id=id,
        person=person,
        account=account,
        posts=hits,
        signal=lambda name, value: signal(desk, name, value),
        scope=scope,
        total=total,
        trends=[t for t in desk.findings.trends if person and t.id in person.trend_ids],
        state=desk.store.get([id], ShortlistState)[0],
    )
