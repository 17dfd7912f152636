"""The parser: one tree for a query, and words for what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.errors import QueryError
from vigie.query import parse
from vigie.query.nodes import All, And, Exists, Node, Not, Or, Range, Term, Words
from vigie.query.problems import MESSAGES, Unreadable


def words(*texts: str) -> Words:
    return Words(texts)


def us(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1e6)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("*", All()),
        ("Crème", words("creme")),
        ("l'Oréal", words("l", "oreal")),
        ("a b", And((words("a"), words("b")))),
        ("a OR b AND NOT c", Or((words("a"), And((words("b"), Not(words("c"))))))),
        ("(a OR b) -c", And((Or((words("a"), words("b"))), Not(words("c"))))),
        ('"crème solaire"', words("creme", "solaire")),
        ("«crème solaire»", words("creme", "solaire")),
        ("or and not", And((words("or"), words("and"), words("not")))),
        ("a - b !", And((words("a"), words("b")))),
        ("créa*", Words(("crea",), prefix=True)),
        ('"rouge mat"*', Words(("rouge", "mat"), prefix=True)),
        ("title:Soldes", Words(("soldes",), "title")),
        ("#Été", Term("hashtag", "ete")),
        ("#ét*", Term("hashtag", "et", prefix=True)),
        ("@Ana@social.test", Term("mention", "ana@social.test")),
        ("😍", words("😍")),
        ("platform:Bluesky", Term("platform", "bluesky")),
        ("lang:(fr OR en)", Or((Term("lang", "fr"), Term("lang", "en")))),
        ("langue:fr", Term("lang", "fr")),
        ("sentiment:négatif", Term("sentiment", "negative")),
        ('story:"x:A|b"', Term("story", "x:A|b")),
        ("parent:at://did:plc:X/1", Term("parent", "at://did:plc:X/1")),
        ("state:*", Exists("state")),
        ("url:https://www.Journal.test/a/", Term("link", "journal.test/a")),
        ("link:journal.test", Term("domain", "journal.test")),
        ("https://journal.test/a", words("https", "journal", "test", "a")),
        ("12:30", words("12", "30")),
        ("likes:10", Range("likes", 10, 11)),
        ("likes:>10", Range("likes", 11, None)),
        ("followers:>=1.5k", Range("followers", 1500, None)),
        ("likes:{1 TO 5}", Range("likes", 2, 5)),
        ("likes:[* TO 5]", Range("likes", None, 6)),
        ("published:2026-09", Range("published", us(2026, 9, 1), us(2026, 10, 1))),
        (
            "published:[2026-09-01 TO 2026-09-30]",
            Range("published", us(2026, 9, 1), us(2026, 10, 1)),
        ),
        ("published:<2026-09-01T10:30", Range("published", None, us(2026, 9, 1, 10, 30))),
    ],
)
def test_trees(query: str, tree: Node) -> None:
    assert parse(query) == tree


def test_days_are_those_of_the_zone() -> None:
    tree = parse("published:2026-10-25", timezone="Europe/Paris")  # a day of 25 hours
    assert tree == Range("published", us(2026, 10, 24, 22), us(2026, 10, 25, 23))


@pytest.mark.parametrize(
    ("query", "code", "line", "column"),
    [
        ("", "empty", 1, 1),
        ("!!!", "empty", 1, 1),
        ('a "b', "open_quote", 1, 3),
        ("a (b OR (c)", "open_parenthesis", 1, 3),
        ("a)", "extra_parenthesis", 1, 2),
        ("()", "empty_parentheses", 1, 2),
        ("a AND", "operator", 1, 3),
        ("OR a", "operator", 1, 1),
        ("a\nOR OR b", "operator", 2, 4),
        ("(a NOT )", "operator", 1, 4),
        ("platfrom:x", "unknown_field", 1, 1),
        ("a\n  platform: x", "space_after_field", 2, 3),
        ("*ab", "wild_first", 1, 1),
        ("likes:many", "number", 1, 7),
        ("published:2026-13", "date", 1, 11),
        ("likes:[1 2]", "range", 1, 7),
        ("platform:>3", "no_range", 1, 10),
        ('"!"', "no_words", 1, 1),
        ("(" * 200 + "a" + ")" * 200, "too_deep", 1, 1),
        ("NOT " * 3000 + "a", "too_deep", 1, 1),
    ],
)
def test_problems(query: str, code: str, line: int, column: int) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(query)
    assert (caught.value.code, caught.value.line, caught.value.column) == (code, line, column)


def test_a_problem_is_told_in_both_languages() -> None:
    with pytest.raises(QueryError) as caught:
        parse("lanng:fr")
    problem = caught.value
    assert isinstance(problem, Unreadable)
    assert str(problem).startswith("query, line 1, column 1: there is no field lanng:")
    assert "did you mean lang:?" in str(problem)
    french = problem.render("fr")
    assert french.startswith("requête, ligne 1, colonne 1 : le champ lanng: n’existe pas")
    assert "vouliez-vous dire lang: ?" in french


def test_every_message_has_both_languages() -> None:
    assert all(set(message) == {"fr", "en"} for message in MESSAGES.values())


@given(st.text(alphabet=st.sampled_from('ab é"«»():-*#@[]{}<>=|~ANDORT.59\n'), max_size=30))
@settings(deadline=None)
def test_whatever_is_typed_is_read_or_told(query: str) -> None:
    problem: QueryError | None = None
    try:
        parse(query)
    except QueryError as error:
        problem = error
    assert problem is None or (problem.line >= 1 and problem.column >= 1 and problem.do)
