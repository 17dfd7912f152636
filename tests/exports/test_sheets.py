from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from vigie.errors import ImportRefused
from vigie.exports.columns import POSTS, SHORTLIST
from vigie.exports.sheets import FORMULA, Sheet, neutral, read_written, restored, write_workbook

REFERENCE = """
creator_id display_name person_or_brand primary_network handle profile_url other_accounts
bio_excerpt language declared_location categories verified account_created_on followers
followers_delta_30d_pct tier tier_scheme posts_90d posts_per_week longest_gap_days last_post_on
format_mix avg_likes avg_comments avg_shares avg_views er_follower_median er_view_median
er_vs_size_peers_pct overperforming_p75 reach_low reach_central reach_high comment_like_ratio
comment_like_ratio_vs_peers_z follower_jump_flags following_follower_ratio
repeated_commenter_share generic_comment_share authenticity_signals authenticity_confidence
sponsored_share_pct paid_post_performance_pct brands_mentioned_90d competitor_mentions_90d
our_brand_mentions_90d topic_match_score topic_match_terms trend_ids net_sentiment_of_comments
brand_safety_flags engager_overlap_with_shortlist_pct unique_contribution_pct influence_score
score_components_json evidence_post_urls first_seen_on data_as_of collection_method
contact_public status owner rate_card cpe_estimate notes consent_note
"""


def test_the_order_of_columns_is_frozen() -> None:
    assert [column.name for column in SHORTLIST] == REFERENCE.split()
    assert [column.name for column in SHORTLIST if column.manual] == [
        "status",
        "owner",
        "rate_card",
        "cpe_estimate",
        "notes",
        "consent_note",
    ]


def test_headers_are_unique_in_each_language() -> None:
    for columns in (SHORTLIST, POSTS):
        for lang in ("fr", "en"):
            titles = [column.title(lang) for column in columns]
            assert len(set(titles)) == len(titles)


@given(st.text())
def test_no_text_is_a_formula_and_a_second_export_adds_no_sign(text: str) -> None:
    told = neutral(text)
    assert isinstance(told, str)
    assert not told.startswith(FORMULA)
    clean = "".join(sign for sign in text if sign >= " " or sign in "\n\t")
    assert neutral(restored(told)) == told
    if not clean.startswith("'"):
        assert restored(told) == clean


def test_a_workbook_holds_text_as_text_and_unknown_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    hostile = [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@a",
        "https://velo.example/",
        None,
        0,
        1.5,
        True,
        "\x07é",
    ]
    assert write_workbook(path, [Sheet("s", [str(n) for n in range(10)], [hostile])]) == 1
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("s").to_python()
    assert rows[1] == [
        "'=HYPERLINK(1)", "'+1", "'-1", "'@a", "https://velo.example/", "", 0.0, 1.5, True, "é",
    ]  # fmt: skip


def test_a_person_may_move_columns_and_add_some(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["notes", "id_createur", "budget", "followers"])
        writer.writerow(["'=à rappeler", "mastodon:1", "200", "5"])
        writer.writerow(["", ""])
    written = read_written(path, SHORTLIST)
    assert written.manual == {"mastodon:1": {"notes": "=à rappeler"}}
    assert written.added == ("budget",)
    assert written.extra == {"mastodon:1": ["200"]}


def test_a_file_without_the_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match="no column creator_id"):
        read_written(path, SHORTLIST)
    (tmp_path / "f.xlsx").write_bytes(b"no workbook")
    with pytest.raises(ImportRefused, match="cannot be read"):
        read_written(tmp_path / "f.xlsx", SHORTLIST)
