"""What platforms' terms keep out of sums is in no figure and no order of our boards, and each says
so; with the right that lets it in, it is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vigie.dashboards import Settings, objects
from vigie.dashboards.saving import INDEX
from vigie.locales import LANGUAGES, Lang
from vigie.platforms import titled
from vigie.policies import POLICIES, left_out

from .asking import clauses, metrics_of, source_of, state_of

Saved = dict[str, Any]
BARRED = sorted(name for name, policy in POLICIES.items() if not (policy.mixed and policy.derived))
# What is no counter of a platform's: counted, dated or found by us, by index.
OURS = {
    "posts": {"collected_at", "published_at"},
    "trends": {"growth", "posts", "detected_at"},
    "alerts": {"severity", "started_at"},
    "influencers": {"score", "as_of"},  # whoever is listed: terms keep people out, too
    "runs": {"started_at"},
    "metrics": {"captured_at"},
}
both = pytest.mark.parametrize("lang", LANGUAGES)


def asked(lang: Lang, settings: Settings = Settings()) -> list[tuple[Saved, bool]]:  # noqa: B008
    """Visualizations and searches, and whether their figures or order are of counters."""
    found = []
    for one in objects(lang, settings):
        index = next((r["id"].split("-")[1] for r in one["references"] if r["name"] == INDEX), "")
        if not index:
            continue
        if one["type"] == "search":
            fields = [name for name, _ in one["attributes"]["sort"]]
        else:
            fields = [
                agg["params"]["field"]
                for agg in metrics_of(state_of(one))
                if agg["type"] not in ("count", "cardinality")
            ]
        found.append((one, not OURS[index].issuperset(fields)))
    return found


def left(saved: Saved) -> list[str]:
    """The platforms that an object leaves out."""
    return [
        value
        for field, values, negated in clauses(source_of(saved)["query"]["query"])
        for value in values
        if field == "platform" and negated
    ]


@both
def test_no_figure_or_order_of_counters_has_them_and_each_says_so(lang: Lang) -> None:
    assert BARRED == ["youtube"]
    counted = 0
    headings = {
        (reference["id"], panel["title"])
        for board in objects(lang)
        if board["type"] == "dashboard"
        for panel, reference in zip(
            json.loads(board["attributes"]["panelsJSON"]), board["references"], strict=True
        )
    }
    for saved, counters in asked(lang):
        said, told = saved["attributes"]["title"], saved["attributes"]["description"]
        shown = {title for id, title in headings if id == saved["id"]}
        note = f"({'without' if lang == 'en' else 'sans'} {titled('youtube', lang)})"
        counted += counters
        assert left(saved) == (BARRED if counters else []), saved["id"]
        assert said.endswith(note) is counters
        assert all(title.endswith(note) is counters for title in shown)
        assert shown
        assert (left_out("youtube", "mixed", lang) in told) is counters
    assert counted >= 9


@both
def test_searches_of_posts_show_no_sum_of_a_platform_that_forbids_it(lang: Lang) -> None:
    for saved, _ in asked(lang):
        if saved["type"] == "search" and "engagement" in saved["attributes"]["columns"]:
            assert left(saved) == BARRED, saved["id"]


@both
def test_counts_of_posts_and_people_have_all_platforms(lang: Lang) -> None:
    plain = {saved["id"] for saved, counters in asked(lang) if not counters}
    for name in ("mentions", "brands-compared", "publishers-compared", "networks", "owned"):
        assert f"vigie-{name}-{lang}" in plain


@both
def test_with_the_right_all_are_in(lang: Lang) -> None:
    for saved, _ in asked(lang, Settings(without=())):
        assert left(saved) == []
        assert "YouTube" not in saved["attributes"]["title"]
        assert "YouTube" not in saved["attributes"]["description"]


@pytest.mark.parametrize(("right", "out"), [("", BARRED), ("amendment = true", [])])
def test_build_obeys_the_workspace(tmp_path: Path, right: str, out: list[str]) -> None:
    watchlist = f'[workspace]\nname = "Boulangerie"\n\n[platforms.youtube]\n{right}\n'
    (tmp_path / "vigie.toml").write_text(watchlist, encoding="utf-8")
    code = "from vigie.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "dashboards", "build", "--workspace", str(tmp_path),
         "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for lang in LANGUAGES:
        text = (tmp_path / "out" / f"vigie.{lang}.ndjson").read_text("utf-8")
        (one,) = (
            saved
            for saved in map(json.loads, text.splitlines())
            if saved["id"] == f"vigie-brands-engagement-{lang}"
        )
        assert left(one) == out
