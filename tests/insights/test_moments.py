from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.errors import ConfigError
from vigie.insights.moments import WEEKDAYS, _calendar, between, resolve, version

COUNTRIES = ("FR", "BE", "GB", "US", "CA-QC")


def day_of(id: str, year: int, country: str) -> date:
    found = {
        moment.start
        for moment in between(date(year, 1, 1), date(year + 1, 1, 1), country)
        if moment.id == id and moment.start.year == year
    }
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    ("id", "country", "day"),
    [
        ("black-friday", "FR", date(2026, 11, 27)),
        ("black-friday", "US", date(2024, 11, 29)),
        ("cyber-monday", "GB", date(2026, 11, 30)),
        ("soldes-hiver", "FR", date(2026, 1, 7)),  # the second Wednesday is after the 12th
        ("soldes-hiver", "FR", date(2025, 1, 8)),
        ("soldes-ete", "FR", date(2026, 6, 24)),
        ("fete-des-meres", "FR", date(2026, 5, 31)),
        ("fete-des-meres", "FR", date(2020, 6, 7)),  # the last Sunday of May is Pentecost
        ("mothering-sunday", "GB", date(2026, 3, 15)),
        ("mothers-day", "CA-QC", date(2026, 5, 10)),
        ("beaujolais-nouveau", "FR", date(2026, 11, 19)),
        ("heure-hiver", "FR", date(2026, 10, 25)),
        ("heure-hiver-amerique", "CA-QC", date(2026, 11, 1)),
        ("aid-el-fitr", "FR", date(2026, 3, 20)),
        ("paques", "BE", date(2026, 4, 3)),
        ("holiday-thanksgiving-day", "US", date(2026, 11, 26)),
        ("holiday-thanksgiving-day", "CA-QC", date(2026, 10, 12)),
        ("holiday-national-day", "BE", date(2026, 7, 21)),
        ("holiday-saint-jean-baptiste-day", "CA-QC", date(2026, 6, 24)),
        ("bridge-ascension-day", "FR", date(2026, 5, 15)),
    ],
)
def test_days_of_moments(id: str, country: str, day: date) -> None:
    assert day_of(id, day.year, country) == day


def test_countries_keep_their_own() -> None:
    ids = {
        country: {moment.id for moment in between(date(2026, 1, 1), date(2027, 1, 1), country)}
        for country in COUNTRIES
    }
    assert "soldes-hiver" in ids["FR"]
    assert "soldes-hiver" not in ids["US"]
    assert "bonfire-night" in ids["GB"]
    assert "bonfire-night" not in ids["FR"]
    assert "soldes-hiver-be" in ids["BE"]


def test_lead_and_tail_count() -> None:
    near = between(date(2026, 11, 2), date(2026, 11, 3), "FR")
    friday = next(moment for moment in near if moment.id == "black-friday")
    assert friday.near(date(2026, 11, 2))
    assert friday.near(date(2026, 12, 1))
    assert not friday.near(date(2026, 10, 1))
    assert between(date(2026, 11, 2), date(2026, 11, 2), "FR") == []


def test_days_of_memory_are_never_a_hook() -> None:
    year = between(date(2026, 1, 1), date(2027, 1, 1), "FR")
    grave = {moment.id for moment in year if moment.sensitive}
    assert {"armistice-1918", "attentats-13-novembre", "onze-septembre"} <= grave
    assert not any(moment.hook for moment in year if moment.sensitive)
    assert not any(moment.hook for moment in year if moment.id == "aid-el-fitr")


def test_own_moments() -> None:
    own = {"Salon du cargo": ("2026-11-28",), "Black Friday": ("2026-07-03",)}
    found = {
        moment.id: moment for moment in between(date(2026, 6, 20), date(2026, 12, 1), "FR", own)
    }
    assert found["own-salon-du-cargo"].terms == ("salon du cargo",)
    # one that is named like a moment of the calendar is recognised by the same words
    assert "blackfriday" in found["own-black-friday"].terms
    assert found["own-black-friday"].start == date(2026, 7, 3)
    assert "black-friday" not in {
        moment.id
        for moment in between(date(2026, 11, 1), date(2026, 12, 1), "FR", off=["black-friday"])
    }


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(ConfigError, match="ZZ"):
        between(date(2026, 1, 1), date(2026, 2, 1), "ZZ")
    with pytest.raises(ConfigError, match="demain"):
        between(date(2026, 1, 1), date(2026, 2, 1), "FR", {"Foire": ("demain",)})
    with pytest.raises(ValueError, match="no such rule"):
        resolve("someday", 2026)


def test_the_file_is_whole() -> None:
    entries = _calendar()["moment"]
    assert version() >= 1
    ids = [entry["id"] for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        assert entry["fr"]
        assert entry["en"]
        assert entry["terms"]
        assert resolve(entry["on"], 2026) is not None
    for country in COUNTRIES:
        for moment in between(date(2026, 1, 1), date(2027, 1, 1), country):
            assert moment.names["fr"]
            assert moment.names["en"]


@given(
    st.sampled_from(WEEKDAYS), st.sampled_from("<>"), st.integers(1, 12), st.integers(1, 28),
    st.integers(1990, 2060),
)  # fmt: skip
def test_weekday_rules(weekday: str, side: str, month: int, day: int, year: int) -> None:
    found = resolve(f"{weekday}{side}={month:02}-{day:02}", year)
    assert found is not None
    assert WEEKDAYS[found.weekday()] == weekday
    away = (found - date(year, month, day)).days
    assert 0 <= (away if side == ">" else -away) < 7
