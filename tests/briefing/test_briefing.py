from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from vigie import briefing
from vigie.briefing import Briefing, weeks
from vigie.clock import SetClock
from vigie.errors import BriefingError
from vigie.records import Post, Record, Run, Tombstone
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WEEK = "2026-W47"


def build(space: Workspace, week: str = WEEK, **options: Any) -> Briefing:
    return briefing.build(space.store, space.watchlist, week=week, now=NOW, **options)


def test_a_briefing_holds_and_survives_its_json(space: Workspace) -> None:
    told = build(space)
    briefing.verify(told, space.store, space.watchlist)
    assert Briefing.model_validate_json(told.model_dump_json()) == told
    assert told.since == datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert {claim.kind for claim in told.claims} >= {
        "trend",
        "crisis",
        "questions",
        "outage",
        "voice",
        "influencer",
    }
    assert len(told.remember) == 3
    mentions = told.key_figures["nacelle"][0]
    assert mentions.figure.definition == "mentions.earned"
    assert mentions.figure.value == 21
    assert mentions.figure.before is not None
    assert mentions.figure.before.value == 12
    assert mentions.mean4 == 12
    assert len(mentions.weeks) == 9


def test_a_changed_figure_fails_the_build(space: Workspace) -> None:
    told = build(space)
    claim = next(claim for claim in told.claims if claim.kind == "voice")
    raised = claim.figures[0].model_copy(update={"value": 99.0})
    false = claim.model_copy(update={"figures": (raised, *claim.figures[1:])})
    claims = tuple(false if one.id == claim.id else one for one in told.claims)
    with pytest.raises(BriefingError, match="99"):
        briefing.verify(told.model_copy(update={"claims": claims}), space.store, space.watchlist)


def test_a_post_that_is_gone_fails_the_build(space: Workspace) -> None:
    told = build(space)
    gone = next(claim for claim in told.claims if claim.kind == "trend").evidence[0]
    space.store.upsert([Tombstone(id=gone, entity_kind="post", noticed_at=NOW)])
    with pytest.raises(BriefingError, match=re.escape(gone)):
        briefing.verify(told, space.store, space.watchlist)


def test_a_score_that_its_parts_do_not_give_fails_the_build(space: Workspace) -> None:
    told = build(space)
    flattered = told.people[0].model_copy(update={"score": 95.0})
    with pytest.raises(BriefingError, match="its parts give 75"):
        briefing.verify(
            told.model_copy(update={"people": (flattered,)}), space.store, space.watchlist
        )


def test_an_empty_week_says_so(tmp_path: Any) -> None:
    (tmp_path / "vigie.toml").write_text(
        '[workspace]\nname = "Vide"\n[[brands]]\nid = "nacelle"\nname = "Nacelle"\nrole = "own"\n',
        encoding="utf-8",
    )
    with Workspace(tmp_path, clock=SetClock(NOW)) as space:
        told = build(space)
        briefing.verify(told, space.store, space.watchlist)
        assert [claim.kind for claim in told.claims] == ["unanalysed"], "nobody has looked"
        space.store.upsert([Run(id="a", kind="analyse", started_at=NOW, ended_at=NOW)])
        told = build(space)
    assert told.quiet
    assert told.coverage.posts == 0
    for lang, words in (("fr", "Rien d’inhabituel"), ("en", "Nothing unusual in week 47")):
        assert words in briefing.render_html(told, lang)  # type: ignore[arg-type]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_html_runs_nothing_loads_nothing_and_escapes_strangers(space: Workspace) -> None:
    told = build(space)
    for lang in ("fr", "en"):
        page = briefing.render_html(told, lang)  # type: ignore[arg-type]
        tags = Tags()
        tags.feed(page)
        names = {tag for tag, _ in tags.seen}
        assert not names & {"script", "img", "link", "iframe", "object"}
        for _, attributes in tags.seen:
            assert not any(name.startswith("on") for name in attributes)
            assert (attributes.get("href") or "https://").startswith("https://")
        assert "&lt;script&gt;alert(1)" in page
        assert "Essai &amp; Cie" in page


def test_markdown_escapes_what_strangers_wrote(space: Workspace) -> None:
    text = briefing.render_markdown(build(space), "fr")
    assert "<script>" not in text
    assert "[lien](javascript" not in text
    assert "**gras**" not in text
    assert text.startswith("# Note de veille, semaine 47\n")


def test_french_and_english_carry_the_same_figures(space: Workspace) -> None:
    told = build(space)
    counted = []
    for lang in ("fr", "en"):
        cells = re.findall(r'<td class="n">(.*?)</td>', briefing.render_html(told, lang))  # type: ignore[arg-type]
        joined = re.sub(r"(?<=\d)[,.\u202f](?=\d)", "", unescape(" ".join(cells)))
        counted.append(re.findall(r"\d+", joined))
    assert counted[0] == counted[1]
    assert len(counted[0]) > 20


def test_a_published_briefing_is_frozen_and_what_moved_is_told(
    space: Workspace, records: list[Record]
) -> None:
    folder = space.data / "briefings"
    written = briefing.publish(
        space, week=WEEK, formats=["html", "md"], languages=("fr", "en"), folder=folder
    )
    assert [path.name for path in written] == [
        "briefing.json",
        "briefing.fr.html",
        "briefing.fr.md",
        "briefing.en.html",
        "briefing.en.md",
    ]
    frozen = briefing.load(written[0])
    late = next(one for one in records if isinstance(one, Post)).model_copy(
        update={
            "id": "mastodon:late",
            "native_id": "late",
            "first_seen_at": NOW + timedelta(hours=1),
        }
    )
    space.store.upsert([late])
    briefing.publish(space, week=WEEK, formats=[], languages=(), folder=folder)
    assert briefing.load(written[0]) == frozen
    moved = briefing.moved(frozen, space.store, space.watchlist, now=NOW + timedelta(hours=2))
    told = {one.where: one for one in moved}["benchmark of nacelle/mentions.earned"]
    assert told.frozen.value == 21
    assert told.today is not None
    assert told.today.value == 22
    assert told.cause == "collected_late"
    assert [one.week for one in briefing.kept(folder)] == [WEEK]


def test_last_weeks_claims_are_looked_back_on(space: Workspace) -> None:
    last = build(space)
    fewer = last.emerging[0].model_copy(update={"posts": 10})
    more = last.emerging[0].model_copy(update={"posts": 90})
    for trend, hit in ((fewer, True), (more, False)):
        previous = last.model_copy(update={"emerging": (trend,)})
        (outcome,) = build(space, previous=previous).outcomes
        assert outcome.hit is hit


def test_weeks_keep_their_days_over_a_clock_change() -> None:
    since, until = weeks.bounds("2026-W43", "Europe/Paris")
    assert (until - since) / timedelta(hours=1) == 169
    assert weeks.named(since, "Europe/Paris") == "2026-W43"
    for wrong in ("2026-W60", "W47", "2026-47"):
        with pytest.raises(BriefingError, match="there is no week"):
            weeks.bounds(wrong, "Europe/Paris")
