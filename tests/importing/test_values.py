"""Cells of exports in French and English."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.importing.values import (
    Dates,
    count,
    damaged,
    identifier,
    orders_of,
    rounded,
    time,
    truth,
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1 234", 1234), ("1\u202f234", 1234), ("1,234", 1234), ("1.234", 1234),
        ("1,234,567", 1234567), ("12,0", 12), ("12.5K", 12500), ("12,5 k", 12500), ("3 M", 3000000),
        ("1.234,0", 1234), ("1,234.0", 1234), ("-3", -3), (7, 7), (7.0, 7), ("0", 0),
        ("", None), ("-", None), ("n/a", None), (None, None), (True, None), ("many", None),
        (float("nan"), None),
    ],
)  # fmt: skip
def test_counts(cell: object, value: int | None) -> None:
    assert count(cell) == value  # type: ignore[arg-type]


def test_rounded_counts() -> None:
    for cell in ("12.5K", "12,5 k", "3 M", "1,2 Md"):
        assert rounded(cell), cell
    for other in ("12 500", "12.5", "", "many", "-", "3 xyz", 12, None):
        assert not rounded(other), other  # type: ignore[arg-type]
    assert count("2,5 %") is None, "a share is no count"


@given(st.integers(-(10**12), 10**12))
def test_counts_survive_grouping(number: int) -> None:
    for text in (str(number), f"{number:,}", f"{number:,}".replace(",", "\u00a0")):
        assert count(text) == number
    assert count(f"{number:,}".replace(",", ".")) == number


EXPECTED = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
DMY, MDY = Dates("dmy"), Dates("mdy")


@pytest.mark.parametrize(
    ("cell", "dates"),
    [
        ("2026-11-03T14:05:00Z", Dates()), ("2026-11-03 14:05:00", Dates()),
        ("2026-11-03T15:05+01:00", Dates()), ("2026-11-03 15:05", Dates(timezone="Europe/Paris")),
        ("2026-11-03 14:05:00 UTC", Dates()), ("2026-11-03 15:05:00 +0100", Dates()),
        ("03/11/2026 14:05", DMY), ("03/11/2026 à 14h05", DMY), ("3.11.2026 14:05:00", DMY),
        ("11/03/2026 14:05", MDY), ("11/3/2026, 2:05 PM", MDY), ("11/03/26 2:05 p.m.", MDY),
        ("3 novembre 2026 à 14:05", Dates()), ("3 nov. 2026 14:05", Dates()),
        ("mardi 3 novembre 2026 14h05", Dates()), ("Nov 3, 2026, 2:05 PM", Dates()),
        ("November 3, 2026 at 14:05", Dates()), ("Tue, 03 Nov 2026 14:05:00 +0000", Dates()),
        ("Tue Nov 03 14:05:00 +0000 2026", Dates()), ("03-Nov-2026 14:05", Dates()),
        (1793714700, Dates()), ("1793714700", Dates()), (1793714700000, Dates()),
        ("Tue Nov 03 15:05:00 CET 2026", Dates()), ("Nov 3, 2026 9:05 AM (EST)", Dates()),
        ("03-Nov-2026 02:05PM", Dates()), ("2026-11-03 15:05", Dates(timezone="CET")),
        ("03/11/2026 15:05 UTC+1", DMY), ("2026-11-03 14:05:00.0", Dates()),
        (46329.586805555555, Dates()), ("46329,586805556", Dates()),
        ("14:05 03|11|2026", Dates(format="%H:%M %d|%m|%Y")),
    ],
)  # fmt: skip
def test_times(cell: object, dates: Dates) -> None:
    assert time(cell, dates) == EXPECTED  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "soon",
        "2026-11-03 14:05 XYZ",
        "3 Nov 2026 14:05 IST",
        "03/11/2026",
        "31/02/2026",
        "2026-13-01",
        "3 brumaire 2026",
        5,
        True,
        None,
        "1e5",
    ],
)
def test_what_is_no_time(cell: object) -> None:
    assert time(cell, Dates()) is None  # type: ignore[arg-type]


def test_digits_alone() -> None:
    assert time("1450051200000", Dates()) == datetime(2015, 12, 14, tzinfo=UTC)
    assert time("20261103", Dates()) == datetime(2026, 11, 3, tzinfo=UTC)
    assert time("20261399", Dates()) is None


def test_first_of_the_month_in_french() -> None:
    assert time("1er août 2026", Dates()) == datetime(2026, 8, 1, tzinfo=UTC)


@given(st.datetimes(datetime(2001, 9, 10), datetime(2099, 1, 1)))
def test_times_survive_writing(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    due = moment.replace(tzinfo=UTC)
    assert time(f"{moment:%d/%m/%Y %H:%M}", DMY) == due
    assert time(f"{moment:%m/%d/%Y %I:%M %p}", MDY) == due
    assert time(f"{moment:%d %B %Y %H:%M}", Dates()) == due
    assert time(moment.isoformat(), Dates()) == due


def test_the_order_of_day_and_month_is_what_a_file_shows() -> None:
    assert orders_of(["03/11/2026", "23/11/2026"]) == ({"dmy"}, True, False)
    assert orders_of(["11/03/2026", "11/23/2026"]) == ({"mdy"}, True, False)
    assert orders_of(["3.11.2026"]) == ({"dmy"}, True, False)
    assert orders_of(["11/03/2026 2:05 PM"]) == (set(), True, True)
    assert orders_of(["03/11/2026"]) == (set(), True, False)
    assert orders_of(["23/11/2026", "11/23/2026"]) == ({"dmy", "mdy"}, True, False)
    assert orders_of(["2026-11-03", 46329.5, None]) == (set(), False, False)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("1.22158E+17", "1.22158E+17"), ("1,22158E+17", "1,22158E+17"), ("1e18", "1e18"),
        (1.22158e17, "1.22158E+17"), ("122158000000000123", None), (122158000000000123, None),
        (12345.0, None), ("3kaaaa1e5", None), ("tw_1e5", None), (None, None), ("", None),
    ],
)  # fmt: skip
def test_ids_that_lost_digits(cell: object, shown: str | None) -> None:
    assert damaged(cell) == shown  # type: ignore[arg-type]


def test_ids_are_text() -> None:
    assert identifier(12345.0) == "12345"
    assert identifier(122158000000000123) == "122158000000000123"
    assert identifier("'0012") == "0012"
    assert identifier("-") is None


def test_truth() -> None:
    assert [truth(cell) for cell in (True, "Oui", "no", "vrai", 0, "peut-être")] == [
        True, True, False, True, False, None,
    ]  # fmt: skip
