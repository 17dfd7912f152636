"""A table written with whatever separator, encoding and order of dates is read back as it was."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from exported import posts, workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.importing.values import says_nothing

HEADS = {
    "en": ["Post ID", "Date", "Social Network", "Username", "Post Message", "Likes", "Comments"],
    "fr": ["Post ID", "Date", "Réseau social", "Profil social", "Texte de la publication",
           "Réactions", "Commentaires"],
}  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz éèàçùêô’,;\"'\n|#ABC"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
GROUPS = ("", " ", "\u00a0", "\u202f", ",", ".")
DATES = {
    "iso": "%Y-%m-%d %H:%M", "dmy": "%d/%m/%Y %H:%M", "mdy": "%m/%d/%Y %H:%M",
    "dots": "%d.%m.%Y %H:%M", "halves": "%m/%d/%Y %I:%M %p",
}  # fmt: skip
FRENCH = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.",
          "nov.", "déc.")  # fmt: skip


@dataclass(frozen=True)
class Line:
    number: int
    moment: datetime
    text: str
    likes: int | None
    comments: int | None


MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2026, 11, 22)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
COUNTS = st.none() | st.integers(0, 10**8)
LINES = st.lists(
    st.builds(
        Line,
        number=st.integers(1, 10**15),
        moment=MOMENTS,
        text=st.text(LETTERS, min_size=1, max_size=60).filter(
            lambda text: not says_nothing(text)  # "na" alone is no post
        ),
        likes=COUNTS,
        comments=COUNTS,
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda line: line.number,
)


def shown(moment: datetime, style: str) -> str:
    if style == "french":
        return f"{moment.day} {FRENCH[moment.month - 1]} {moment.year} à {moment:%H:%M}"
    if style == "epoch":
        return str(int(moment.replace(tzinfo=UTC).timestamp()))
    if style == "milliseconds":
        return str(int(moment.replace(tzinfo=UTC).timestamp()) * 1000)
    if style == "excel":
        days = (moment - datetime(1899, 12, 30)).total_seconds() / 86_400
        return f"{days:.9f}".replace(".", ",")
    return moment.strftime(DATES[style])


def grouped(count: int | None, mark: str, nothing: str) -> str:
    return nothing if count is None else f"{count:,}".replace(",", mark)


def tells_order(lines: list[Line], style: str) -> bool:
    """Whether the days show the order, or the way of writing does."""
    if style not in ("dmy", "mdy", "halves"):
        return True
    return any(line.moment.day > 12 for line in lines)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=LINES,
    lang=st.sampled_from(("en", "fr")),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    style=st.sampled_from((*DATES, "french", "epoch", "milliseconds", "excel")),
    mark=st.sampled_from(GROUPS),
    nothing=st.sampled_from(("", "-", "–", "N/A")),
    above=st.lists(st.sampled_from(("Report", "Du 3 au 9", "")), max_size=4),
    end=st.sampled_from(("\n", "\r\n")),
)
def test_whatever_a_table_is_written_with(
    lines: list[Line], lang: str, separator: str, encoding: str, style: str, mark: str,
    nothing: str, above: list[str], end: str,
) -> None:  # fmt: skip
    if encoding == "cp1252":
        mark = mark.replace("\u202f", "\u00a0")
    if not tells_order(lines, style):
        style = "iso"
    out = io.StringIO(newline="")
    for line in above:
        out.write(line + end)
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(HEADS[lang])
    for line in lines:
        counts = (grouped(line.likes, mark, nothing), grouped(line.comments, mark, nothing))
        writer.writerow([line.number, shown(line.moment, style), "LinkedIn", "brindille",
                         line.text, *counts])  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "posts.csv"
        path.write_bytes(out.getvalue().encode(encoding))
        found = posts(path)
    assert [(post.native_id, post.published_at) for post in found] == [
        (str(line.number), line.moment.replace(tzinfo=UTC)) for line in lines
    ]
    assert [post.text for post in found] == [line.text.strip() for line in lines]
    assert [(post.metrics.likes, post.metrics.replies) for post in found] == [
        (line.likes, line.comments) for line in lines
    ]


@settings(max_examples=25, deadline=None)
@given(lines=LINES)
def test_spreadsheets_are_read_back(lines: list[Line]) -> None:
    rows: list[list[object]] = [["Performance report"], [], list(HEADS["fr"])]
    for line in lines:
        days = (line.moment - datetime(1899, 12, 30)).total_seconds() / 86_400
        rows.append([str(line.number), days, "LinkedIn", "brindille", f"t{line.text}",
                     line.likes, line.comments])  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        found = posts(workbook(Path(folder) / "posts.xlsx", {"a": rows}))
    assert [(post.native_id, post.published_at) for post in found] == [
        (str(line.number), line.moment.replace(tzinfo=UTC)) for line in lines
    ]
    assert [(post.metrics.likes, post.metrics.replies) for post in found] == [
        (line.likes, line.comments) for line in lines
    ]
