"""The table of terms, and what the watchlist loosens in it."""

from __future__ import annotations

import pytest

from vigie.errors import ConfigError
from vigie.platforms import PLATFORMS
from vigie.policies import POLICIES, RIGHTS, RULES, Policies, Policy, left_out
from vigie.sources import Target
from vigie.watchfile import read_text
from vigie.watchlist import Watchlist, parse

ALL = [
    "bluesky",
    "facebook",
    "feeds",
    "forums",
    "google_analytics",
    "hackernews",
    "instagram",
    "linkedin",
    "mastodon",
    "meta",
    "news",
    "pinterest",
    "reddit",
    "telegram",
    "threads",
    "tiktok",
    "x",
    "youtube",
]


def watchlist(**platforms: dict[str, object]) -> Watchlist:
    brands = [
        {"id": "own", "name": "Levaine", "role": "own"},
        {"id": "rival", "name": "Mieloup"},
    ]
    return parse({"workspace": {"name": "w"}, "brands": brands, "platforms": platforms})


def test_every_platform_has_its_terms() -> None:
    assert sorted(POLICIES) == sorted(ALL)
    assert set(PLATFORMS) <= set(POLICIES)
    for name, policy in POLICIES.items():
        assert policy.fr, name
        assert policy.en, name
        assert (policy.terms is None) == (policy.read is None), name
        assert set(policy.memory) <= set(Policy.model_fields), name
        assert set(policy.rights) <= set(RIGHTS), name
        for granted in policy.rights.values():
            assert set(granted) <= set(Policy.model_fields), name


def test_without_a_page_no_rule_is_claimed() -> None:
    silent = Policy(fr="", en="")
    for name, policy in POLICIES.items():
        if policy.terms is None:
            told = policy.model_dump(exclude={"fr", "en"})
            assert told == silent.model_dump(exclude={"fr", "en"}), name


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_told_in_both_languages(rule, lang) -> None:
    assert left_out("youtube", rule, lang).startswith("YouTube")
    assert left_out("youtube", rule, "fr") != left_out("youtube", rule, "en")


def test_an_amendment_loosens_what_it_grants_and_nothing_else() -> None:
    strict, loose = (
        Policies(watchlist(youtube={"amendment": told}))["youtube"] for told in (False, True)
    )
    assert (strict.derived, strict.mixed, strict.people) == (False, False, False)
    assert (loose.derived, loose.mixed, loose.people) == (True, True, True)
    assert (strict.statistics_days, loose.statistics_days) == (30, None)
    assert strict.keep_days == loose.keep_days == 30


def test_keep_days_only_shorten() -> None:
    for days, kept in ((10, 10), (400, 30)):
        assert Policies(watchlist(youtube={"keep_days": days}))["youtube"].keep_days == kept
    assert Policies(watchlist(mastodon={"keep_days": 400}))["mastodon"].keep_days == 400
    assert Policies(watchlist())["mastodon"].keep_days is None


def test_a_right_that_a_platform_does_not_know_is_an_error() -> None:
    text = '[workspace]\nname = "w"\n\n[platforms.mastodon]\namendment = true\n'
    with pytest.raises(ConfigError, match=r"line 5, platforms\.mastodon\.amendment.*youtube"):
        read_text(text)


def test_where_own_accounts_are_all_there_is_no_other_is_read() -> None:
    policies = Policies(watchlist())
    assert policies.lets(Target("linkedin", "account", "123", brand="own"))
    assert policies.lets(Target("pinterest", "trends", "FR"))
    assert policies.lets(Target("tiktok", "refresh", "videos"))
    assert not policies.lets(Target("meta", "insights", "page:1", brand="rival"))
    assert not policies.lets(Target("linkedin", "account", "456", brand="rival"))
    assert not policies.lets(Target("tiktok", "search", "pain", topic="pain"))
    assert not policies.lets(Target("telegram", "account", "other"))
    assert policies.lets(Target("mastodon", "search", "pain"))
    research = Policies(watchlist(tiktok={"research_use": True}))
    assert research.lets(Target("tiktok", "search", "pain", topic="pain"))


def test_a_platform_that_is_not_in_the_table_is_under_no_rule() -> None:
    policies = Policies(watchlist())
    assert policies["plaza"].text
    assert policies.lets(Target("plaza", "account", "ada", brand="rival"))
    assert policies.remarks("mixed", ["plaza", "youtube"], "en") == [
        "YouTube left out: its terms forbid figures that mix platforms."
    ]


@pytest.mark.parametrize(("lang", "name"), [("en", "terms.md"), ("fr", "terms.fr.md")])
def test_the_documentation_is_made_from_the_table(lang, name) -> None:
    from pathlib import Path

    from vigie.policypage import page

    written = (Path(__file__).parents[2] / "docs" / name).read_text("utf-8")
    assert written == page(lang), f"python -m vigie.policypage {lang} > docs/{name}"
