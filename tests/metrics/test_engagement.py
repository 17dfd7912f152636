from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from vigie.metrics import TERMS, engagement, engagement_column

COUNTERS = ("likes", "replies", "shares", "quotes", "saves")
counts = st.fixed_dictionaries(
    {name: st.none() | st.integers(min_value=-5, max_value=10**9) for name in COUNTERS}
)


@given(st.lists(st.tuples(st.sampled_from([*sorted(TERMS), "mixi"]), counts), min_size=1))
def test_the_row_and_the_column_agree(posts: list[tuple[str, dict[str, int | None]]]) -> None:
    rows = [{"platform": platform, **values} for platform, values in posts]
    schema = {"platform": pl.String(), **dict.fromkeys(COUNTERS, pl.Int64())}
    column = pl.DataFrame(rows, schema=schema).select(engagement_column())["engagement"].to_list()
    assert column == [engagement(platform, values) for platform, values in posts]


def test_an_unknown_term_makes_the_sum_unknown_and_never_zero() -> None:
    assert engagement("mastodon", {"likes": 3, "replies": None, "shares": 2}) is None
    assert engagement("mastodon", {"likes": 3, "replies": 0, "shares": 2}) == 5
    assert engagement("x", {"likes": 3, "replies": 0, "shares": 2}) is None, "quotes are a term"


def test_counters_that_only_owners_see_are_no_term() -> None:
    shown = {"likes": 10, "replies": 4, "saves": None, "shares": None}
    assert engagement("instagram", shown) == 14
