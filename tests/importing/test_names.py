"""Names of columns, addresses and ids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vigie.importing.addresses import handle_in, id_in, platform_of, time_in
from vigie.importing.names import folded, offset, without_zone, zone_of


def test_names_are_compared_without_case_accents_and_marks() -> None:
    assert folded(" Mentions J’AIME ") == folded("mentions j'aime")
    assert folded("Réseau\u00a0social") == "reseau social"
    assert folded('\ufeff"Post ID"') == "post id"


@pytest.mark.parametrize(
    ("header", "zone"),
    [
        ("Date (GMT)", "GMT"), ("Date [Europe/Paris]", "Europe/Paris"),
        ("Heure (UTC+02:00)", "UTC+02:00"), ("Impressions (organic)", None),
        ("Likes (and/or)", None), ("Date", None),
    ],
)  # fmt: skip
def test_zones_in_headings(header: str, zone: str | None) -> None:
    assert zone_of(header) == zone
    assert (without_zone(header) == folded(header.partition(" ")[0])) == (zone is not None) or (
        header == "Date"
    )


def test_offsets() -> None:
    assert [offset(told) for told in ("UTC", "CET", "+05:30", "GMT-8", "−03:00", "Paris")] == [
        0, 60, 330, -480, -180, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "platform", "id"),
    [
        ("https://x.com/a/status/199", "x", "199"),
        ("http://twitter.com/a/statuses/199", "x", "199"),
        ("https://www.tiktok.com/@a/video/756854000001?x=1", "tiktok", "756854000001"),
        ("https://youtu.be/Zx3_abcDEF1", "youtube", "Zx3_abcDEF1"),
        ("https://www.youtube.com/watch?t=3&v=Zx3_abcDEF1", "youtube", "Zx3_abcDEF1"),
        ("https://www.youtube.com/shorts/Zx3_abcDEF1", "youtube", "Zx3_abcDEF1"),
        ("https://www.youtube.com/@brindille", "youtube", None),
        ("https://www.reddit.com/r/a/comments/1abc/slug/", "reddit", "t3_1abc"),
        ("https://www.reddit.com/r/a/comments/1abc/slug/k9z/", "reddit", "t1_k9z"),
        ("https://www.linkedin.com/posts/brindille_x-activity-7396000000000000001-aB",
         "linkedin", "urn:li:activity:7396000000000000001"),
        ("https://fr.pinterest.com/pin/1140000000000000001/", "pinterest", "1140000000000000001"),
        ("https://www.instagram.com/p/Dq1/", "instagram", None),
    ],
)  # fmt: skip
def test_ids_in_addresses(url: str, platform: str, id: str | None) -> None:
    assert id_in(url, platform) == id
    assert platform_of("", url) == platform


def test_platforms_by_name() -> None:
    told = ("Facebook Page", "facebook_public", "twitter.com", "X (Twitter)", "MySpace", "Blogs")
    assert [platform_of(name, None) for name in told] == [
        "facebook", "facebook", "x", "x", "myspace", "news",
    ]  # fmt: skip
    assert platform_of("", "https://shop.example/") is None
    assert platform_of("", "http://[half/") is None


def test_handles() -> None:
    assert handle_in("@maud_k") == "maud_k"
    assert handle_in("https://www.linkedin.com/company/brindille/?trk=x") == "brindille"
    assert handle_in("https://www.tiktok.com/@maud_k") == "maud_k"
    assert handle_in("https://x.com/maud_k") == "maud_k"
    assert handle_in("https://[x.com/maud_k") is None


def test_times_in_ids() -> None:
    """X tells the formula of its ids itself; those of LinkedIn and TikTok others worked out,
    and neither platform says so."""
    due = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    seconds = int(due.timestamp())
    assert time_in(str((seconds * 1000 - 1288834974657) << 22), "x") == due
    assert time_in(f"urn:li:share:{seconds * 1000 << 22}", "linkedin") == due
    assert time_in(str(seconds << 32), "tiktok") == due
    assert time_in("17900000000000001", "instagram") is None
    assert time_in("12", "x") is None
