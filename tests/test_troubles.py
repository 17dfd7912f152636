"""What a run's report says of sources that gave less than they should: once a trouble."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vigie.cli.telling import count_lines, grouped, trouble_lines
from vigie.cli.words import Lang
from vigie.records import SourceRun

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def source(key: str, reason: str, resume_at: datetime | None = None) -> SourceRun:
    state = "rate_limited" if resume_at else "broken"
    return SourceRun.model_validate(
        {
            "key": key, "platform": key.partition("/")[0], "state": state, "reason": reason,
            "resume_at": resume_at, "started_at": NOON, "ended_at": NOON,
        }
    )  # fmt: skip


SOURCES = [
    *(source(f"x/search/{number}", "approval revoked") for number in range(9)),
    source("x/account/lueur", "unknown account"),
    source("threads/search/a", "rate limit", NOON),
    source("threads/search/b", "rate limit", NOON),
    source("linkedin/account/lueur", "approval revoked"),
]


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            [
                "  x (search/0, search/1, search/2 and 6 more): broken (access withdrawn by "
                "account or network) → connect the account again: vigie connect x",
                "  x/account/lueur: broken (account unknown there) → check the account or address "
                "in vigie.toml",
                "  threads (search/a, search/b): rate-limited (the network asks to wait → "
                "2026-11-20 12:00 UTC)",
                "  linkedin/account/lueur: broken (access withdrawn by account or network) → "
                "connect the account again: vigie connect linkedin",
            ],
        ),
        (
            "fr",
            [
                "  x (search/0, search/1, search/2 et 6 autres)\u00a0: en panne (accès retiré par "
                "le compte ou le réseau) → reconnectez le compte : vigie connect x",
                "  x/account/lueur\u00a0: en panne (compte inconnu du réseau) → vérifiez le compte "
                "ou l’adresse dans vigie.toml",
                "  threads (search/a, search/b)\u00a0: limitées par le réseau (le réseau demande "
                "d’attendre → 2026-11-20 12:00 UTC)",
                "  linkedin/account/lueur\u00a0: en panne (accès retiré par le compte ou le "
                "réseau) → reconnectez le compte : vigie connect linkedin",
            ],
        ),
    ],
)
def test_sources_with_the_same_trouble_stand_in_one_line(lang: Lang, lines: list[str]) -> None:
    assert list(trouble_lines(SOURCES, lang)) == lines


def test_a_group_is_run_again_by_its_platform_and_one_source_by_its_key() -> None:
    alone, *_ = trouble_lines([source("x/search/a", "HTTP 503")], "en")
    both, *_ = trouble_lines([source(f"x/search/{name}", "HTTP 503") for name in "ab"], "en")
    assert alone.endswith("vigie run --only x/search/a")
    assert both.endswith("vigie run --only x")


def test_four_are_named_where_only_one_would_be_left_out() -> None:
    (line,) = trouble_lines([source(f"x/search/{name}", "HTTP 503") for name in "abcd"], "en")
    assert line.startswith("  x (search/a, search/b, search/c, search/d): broken")


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    assert grouped(1234.5, "fr") == "1\u202f234,5"
    assert grouped(1234.5, "en") == "1,234.5"
    counts = {"gone_posts": 0, "gone_segments": 2, "new_post": 0}
    assert count_lines(counts, "en") == ["raw segments deleted as terms ask: 2", "new posts: 0"]
