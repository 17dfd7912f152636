"""What a dry run tells: the map and how sure it is, dates, columns left, rows set aside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exported import answers, lines, posts, workbook, write

from vigie import importing
from vigie.errors import ImportRefused

HEAD = "Date;Social Network;Username;Post Message;Likes;Comments;Sentiment;Mood\n"


def told(path: Path, lang: str, **given: object) -> str:
    shown = importing.previews(path, **given)  # type: ignore[arg-type]
    json.dumps(shown)
    return "\n".join(importing.preview_lines(shown, lang))  # type: ignore[arg-type]


def test_a_dry_run_in_words(tmp_path: Path) -> None:
    rows = "03/11/2026 14:05;LinkedIn;b;Un;12,5 k;-;good;calm\nlater;LinkedIn;b;Deux;1;many;;\n"
    rows += "23/11/2026 07:00;X;b;Trois;1 204;many;;\n" * 12
    path = write(tmp_path / "posts.csv", HEAD + rows, "cp1252")
    english, french = told(path, "en"), told(path, "fr")
    for part in (
        "13 posts of 14 rows (linkedin 1, x 12)", "CSV, utf-8, separated by ;",
        "map: hootsuite (certain, ", "the day before the month (the file's own dates show it)",
        "metrics.likes ← Likes", "columns that are not used: Mood",
        "columns left on purpose (estimates, words of the tool): Sentiment",
        "row 3: published_at: no date: 'later' (column Date)", "import.metrics.replies: 12",
        "rounded counts", "likes: 1",
    ):  # fmt: skip
        assert part in english, part
    for part in (
        "13 publications sur 14 lignes", "correspondance\u202f: hootsuite (certaine, ",
        "le jour avant le mois (les dates du fichier le montrent)",
        "colonnes sans emploi\u202f: Mood",
        "lignes mises de côté\u202f: 1", "compteurs arrondis", "cellules illisibles\u202f: 1",
    ):  # fmt: skip
        assert part in french, part
    (shown,) = importing.previews(path)
    assert (len(shown["first"]), shown["posts"], shown["order_from"]) == (10, 13, "file")
    assert "likes" not in shown["first"][0]["metrics"]
    assert shown["first"][1]["metrics"] == {"likes": 1204}
    assert shown["first"][1]["published_at"] == "2026-11-23T07:00:00Z"


def test_how_sure_it_is(tmp_path: Path) -> None:
    weak = (
        "Date,Title,Content,URL,Likes,Shares\n2026-11-03 10:00,a,b,https://x.com/a/status/1,1,2\n"
    )
    (shown,) = importing.previews(write(tmp_path / "weak.csv", weak), columns="hootsuite")
    assert shown["sureness"] == "named"
    with pytest.raises(ImportRefused, match="no preset fits these columns: Date, Title"):
        importing.previews(tmp_path / "weak.csv")
    row = {"media": [{"uri": "media/a.jpg", "creation_timestamp": 1793714700, "title": "Un"}]}
    (shown,) = importing.previews(lines(tmp_path / "renamed.jsonl", [row]))
    assert (shown["preset"], shown["sureness"]) == ("instagram_archive", "likely")
    row |= {"mood": "calm", "place": "a", "season": "b"}  # type: ignore[dict-item]
    (shown,) = importing.previews(lines(tmp_path / "renamed.jsonl", [row]))
    assert (shown["preset"], shown["sureness"]) == ("instagram_archive", "doubtful")
    assert "doubtful: look at the first posts" in told(tmp_path / "renamed.jsonl", "en")


ROW = "{date},x,zoe,Bonjour,1,2\n"
COMMA = HEAD.replace(";", ",").replace(",Sentiment,Mood", "")


def dated(tmp_path: Path, dates: list[str], text: str = "") -> Path:
    rows = "".join(ROW.format(date=f'"{date}"') for date in dates)
    return write(tmp_path / "posts.csv", COMMA + rows + text)


def test_the_order_of_dates_is_decided_over_all_rows(tmp_path: Path) -> None:
    many = ["03/04/2026 10:00"] * 21_000
    found = answers(dated(tmp_path, [*many, "23/04/2026 10:00"]))
    assert found[0].meta["dates"]["order"] == "dmy", "the last row alone shows it"
    first = importing.map_import(found[0]).posts[0]
    assert first.published_at == datetime(2026, 4, 3, 10, tzinfo=UTC)
    with pytest.raises(ImportRefused, match="day and month cannot be told apart"):
        answers(dated(tmp_path, many[:100]))
    (shown,) = importing.previews(dated(tmp_path, ["03/04/2026 2:05 PM"]))
    assert (shown["dates"]["order"], shown["order_from"]) == ("mdy", "guess")
    with pytest.raises(ImportRefused, match="some dates can only have the day first"):
        answers(dated(tmp_path, ["23/04/2026 10:00", "04/23/2026 10:00"]))
    british = ["23/04/2026 2:05 PM", "03/04/2026 2:05 PM"]
    assert [post.published_at.month for post in posts(dated(tmp_path, british))] == [4, 4]


def test_time_zones(tmp_path: Path) -> None:
    path = dated(tmp_path, ["2026-07-03 10:00"])
    for zone, hour in (("Europe/Paris", 8), ("+05:30", 4), ("UTC", 10)):
        assert posts(path, timezone=zone)[0].published_at.hour == hour
    with pytest.raises(ImportRefused, match="no time zone 'Paris'"):
        posts(path, timezone="Paris")


def test_the_sheet_of_posts_is_taken(tmp_path: Path) -> None:
    head = ["Post ID", "Username", "Date", "Post Message", "Social Network", "Likes"]
    sheets = {
        "Notes": [[f"line {n}", "a", "b"] for n in range(50)],
        "Posts": [head, ["1001", "b", "2026-11-03 10:00", "Un", "Facebook", 3]],
    }
    path = workbook(tmp_path / "f.xlsx", sheets)  # type: ignore[arg-type]
    (shown,) = importing.previews(path)
    assert (shown["file"], shown["posts"], shown["left"]) == ("f.xlsx#Posts", 1, ["f.xlsx#Notes"])
    assert "not read, for no map fits: 1" in told(path, "en")


def test_ids_that_a_spreadsheet_cut_are_found_in_utf_16(tmp_path: Path) -> None:
    text = "Post ID\tDate\tSocial Network\tPost Message\n1.22158E+17\t2026-11-03\tX\ta\n"
    with pytest.raises(ImportRefused, match=r"the id 1\.22158E\+17 has lost digits"):
        answers(write(tmp_path / "f.tsv", text, "utf-16"))


def test_old_mac_files(tmp_path: Path) -> None:
    text = "Date;Réseau social;Profil social;Texte de la publication;Réactions\n"
    text += "2026-11-03;X;b;Été à l'atelier, déjà prêt;1\n"
    for encoding in ("mac-roman", "cp1252"):
        path = write(tmp_path / f"{encoding}.csv", text, encoding)
        assert [post.text for post in posts(path)] == ["Été à l'atelier, déjà prêt"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    write(
        folder / "vigie.toml",
        '[workspace]\nname = "t"\nlanguages = ["fr"]\n[[brands]]\nid = "brindille"\n'
        'name = "Brindille"\nrole = "own"\naccounts = { linkedin = ["brindille"] }\n',
    )
    return folder


def vigie(*words: str) -> subprocess.CompletedProcess[str]:
    code = "from vigie.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False,
        env={**os.environ, "VIGIE_LANG": "fr"},
    )  # fmt: skip


def test_an_import_says_which_map_it_took(tmp_path: Path, workspace: Path) -> None:
    head = "Date,Impressions (organic),Impressions (total),Clicks (total)\n"
    figures = write(tmp_path / "figures.csv", head + "11/17/2026,300,300,4\n11/18/2026,1,1,\n")
    at = ("--workspace", str(workspace))
    refused = vigie("import", str(figures), *at)
    assert refused.returncode == 1
    assert "--account" in refused.stderr
    done = vigie("import", str(figures), "--account", "@brindille", "--json", *at)
    assert done.returncode == 0, done.stderr
    assert "linkedin_figures (certain" in done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert (counts["rows"], counts.get("refused", 0)) == (2, 0), "a day is a row that was read"
    assert counts["new_metric_sample"] == 5, counts
    path = write(tmp_path / "posts.csv", HEAD + "03/11/2026;LinkedIn;brindille;Un \x1b[31m;1;2;;\n")
    before = sorted(workspace.rglob("*.zst"))
    dry = vigie("import", str(path), "--dry-run", *at)
    assert dry.returncode == 0
    assert "hootsuite" in dry.stdout
    assert "\x1b" not in dry.stdout, "the terminal obeys no post"
    assert sorted(workspace.rglob("*.zst")) == before, "a dry run writes nothing"
