"""The parser: one tree for a query, and words for what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.errors import QueryError
from vigie.query import parse
from vigie.query.fields import ALIASES, FIELDS
from vigie.query.nodes import (
    All,
    And,
    Exists,
    Like,
    Near,
    Node,
    Not,
    Or,
    Range,
    Raw,
    Term,
    Words,
)
from vigie.query.pasted import NO_EQUAL
from vigie.query.problems import ADVICE, MESSAGES, Unreadable


def words(*texts: str) -> Words:
    return Words(texts)


def us(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1e6)  # type: ignore[misc,arg-type]


def near(gap: int, *parts: Node | str, ordered: bool = False) -> Near:
    nodes = (words(part) if isinstance(part, str) else part for part in parts)
    return Near(tuple(nodes), gap, ordered)


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
        # NEAR
        ("a NEAR/3 b", near(3, "a", "b")),
        ("a ONEAR/0 b", near(0, "a", "b", ordered=True)),
        ("a NEAR/5f b", near(5, "a", "b", ordered=True)),
        ("a NEAR/3 b c", And((near(3, "a", "b"), words("c")))),
        ("NOT a NEAR/3 b", Not(near(3, "a", "b"))),
        ("a NEAR/3 b ONEAR/2 c", near(2, near(3, "a", "b"), "c", ordered=True)),
        ("a NEAR/3 (b NEAR/2 c)", near(3, "a", near(2, "b", "c"))),
        (
            '(a OR "b c") NEAR/2 d*',
            near(2, Or((words("a"), words("b", "c"))), Words(("d",), prefix=True)),
        ),
        ('"a b c"~5', near(5, "a", "b", "c")),
        ('"a b*"~5', near(5, "a", Words(("b",), prefix=True))),
        ('"a"~5', words("a")),
        ("((a OR b) AND c)~4", near(4, Or((words("a"), words("b"))), "c")),
        ("title:(a NEAR/3 b)", near(3, Words(("a",), "title"), Words(("b",), "title"))),
        ('text:"a b"~2', near(2, Words(("a",), "text"), Words(("b",), "text"))),
        ("near NEAR x", And((words("near"), words("near"), words("x")))),
        # wildcards
        ("Cr?me*", words("cr?me*")),
        ("l'Or?al", words("l", "or?al")),
        ("cré**", Words(("cre",), prefix=True)),
        ("top ?", words("top")),
        ("quoi?", words("quoi?")),
        ('"quoi ? * !"', words("quoi")),
        ('"vraiment?"', words("vraiment")),
        ('"soc* med?a"', words("soc*", "med?a")),
        ('"social méd*"', Words(("social", "med"), prefix=True)),
        ('"social m?d*"', words("social", "m?d*")),
        ("#ét?", Like("hashtag", "et?")),
        ("author:z*é", Like("author", "z*e")),
        ('author:"z*é"', Term("author", "z*e")),
        ("link:a.test/b?c=1", Term("link", "a.test/b?c=1")),
        ("link:a.test/b?c=*", Term("link", "a.test/b?c=", prefix=True)),
        ("link:a.test/*/b?", Like("link", "a.test/*/b?")),
        ("link:www.jo*al.test", Like("domain", "jo*al.test")),
        # as written
        ("raw:Orange", Raw("Orange", ("orange",))),
        ('raw:"L’Oréal   Paris"', Raw("L'Oréal Paris", ("l", "oreal", "paris"))),
        ('raw:"5* C++"', Raw("5* C++", ("5", "c"))),
        ("raw:(A OR e\u0301)", Or((Raw("A", ("a",)), Raw("é", ("e",))))),
        ("{BT}", Raw("BT", ("bt",))),
        # comments
        ('a <<<(one " two>>> b', And((words("a"), words("b")))),
        ('"<<< a"', words("a")),
        ("a<<<x>>>b", And((words("a"), words("b")))),
        # what other tools write
        ("hashtags:Été at_mentions:@Ana", And((Term("hashtag", "ete"), Term("mention", "ana")))),
        ("engagementType:RETWEET", Term("kind", "repost")),
        ("authorFollowers:[500 TO 1000]", Range("followers", 500, 1001)),
        ("sourcetype:SOCIALMEDIA_TWITTER", Term("platform", "x")),
        ('+a -site:"http://www.b.test"', And((words("a"), Not(Term("domain", "b.test"))))),
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
        ("a\n<<<b", "open_comment", 2, 1),
        ("a NEAR/ b", "near_distance", 1, 3),
        ("a NEAR/x b", "near_distance", 1, 3),
        ("a NEAR/999 b", "near_distance", 1, 3),
        ('a "b c"~x', "near_distance", 1, 3),
        ("a NEAR/3", "near_alone", 1, 3),
        ("(a NEAR/3) b", "near_alone", 1, 4),
        ("NEAR/3 a", "near_alone", 1, 1),
        ("(a OR b)~3", "near_alone", 1, 9),
        ("a NEAR/3 NOT b", "near_operand", 1, 3),
        ("a NEAR/3 (b AND c)", "near_operand", 1, 3),
        ("a NEAR/3 #b", "near_operand", 1, 3),
        ("a NEAR/3 raw:B", "near_operand", 1, 3),
        ("a NEAR/3 !", "near_operand", 1, 3),
        ("platform:(a NEAR/3 b)", "near_operand", 1, 13),
        ("a NEAR/3 title:b", "near_places", 1, 3),
        ('"a b c d e f g h i j k"~3', "near_many", 1, 1),
        ('author:"a b"~3', "near_field", 1, 8),
        ("x c?*", "wild_short", 1, 3),
        ('"c?d e?*"', "wild_short", 1, 1),
        ("?ab", "wild_first", 1, 1),
        ("#*ab", "wild_first", 1, 1),
        ("raw:Or*", "raw_open", 1, 5),
        ('raw:"a"~3', "raw_open", 1, 5),
        ("raw:++", "no_words", 1, 5),
        ("a country:fr", "no_equal", 1, 3),
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
    assert all(set(message) == {"fr", "en"} for message in (*MESSAGES.values(), *ADVICE.values()))


def test_what_has_no_equal_says_what_to_write_instead() -> None:
    assert set(NO_EQUAL.values()) == set(ADVICE)
    assert not set(NO_EQUAL) & {*FIELDS, *ALIASES}
    with pytest.raises(Unreadable) as caught:
        parse("subreddit:beauty")
    assert "link:reddit.com/r/NAME/*" in str(caught.value)
    assert "n’a pas d’équivalent" in caught.value.render("fr")


@given(st.text(alphabet=st.sampled_from('ab é"«»():-*?#@[]{}<>=|~/fNEANDORT.59\n'), max_size=40))
@settings(deadline=None)
def test_whatever_is_typed_is_read_or_told(query: str) -> None:
    problem: QueryError | None = None
    try:
        parse(query)
    except QueryError as error:
        problem = error
    assert problem is None or (problem.line >= 1 and problem.column >= 1 and problem.do)
