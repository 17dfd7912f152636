"""The linter: what it says of a query, and that what it is sure of is so."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.strings import hash_string

from vigie.query import matches
from vigie.query.implying import always, implies, never
from vigie.query.lexicon import NOUN, lexicon
from vigie.query.linting import Context, lint
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
from vigie.query.remarks import REMARKS

BRAND = Context(names=("Orange",))


def codes(query: str, context: Context | None = None) -> list[tuple[str, int | None, int | None]]:
    return [(one.code, one.line, one.column) for one in lint(query, context=context)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("(a", [("unreadable", 1, 1)]),
        ("a\nNEAR/x b", [("unreadable", 2, 1)]),
        ("a AND NOT a", [("never", None, None)]),
        ('"a b" AND NOT a', [("never", None, None)]),
        ("likes:[5 TO 2]", [("never", None, None)]),
        ("likes:>10 AND likes:<5", [("never", None, None)]),
        ("platform:x AND platform:bluesky", [("never", None, None)]),
        ("(a NEAR/2 b) -(a NEAR/5 b)", [("never", None, None)]),
        ("a NOT *", [("never", None, None)]),
        ("platform:blue* platform:x", [("never", None, None)]),
        ("platform:blue platform:bluesky*", [("never", None, None)]),
        ("*", [("always", None, None)]),
        ("a OR NOT a", [("always", None, None)]),
        ("NOT a", [("not_alone", None, None)]),
        ("-a -b", [("not_alone", None, None)]),
        ("pouls and temps", [("operator", 1, 7)]),
        ("mais OU temps", [("operator", 1, 6)]),
        ("temps not mais", [("operator", 1, 7)]),
        ("temps NEAR mais", [("near_bare", 1, 7)]),
        ("temps?", [("question", 1, 1)]),
        ("platform:facebok temps", [("no_value", 1, 10)]),
        ("temps kind:(reply OR replik)", [("no_value", 1, 22)]),
        ("sentiment:bad", [("no_value", 1, 11)]),
        ("state:gone", [("no_value", 1, 7)]),
        ("lang:français", [("no_value", 1, 6)]),
        ("imageType:drawing", [("no_value", 1, 11)]),
        ("temps | mais", [("sign", 1, 7)]),
        ("temps && mais || pouls", [("sign", 1, 7), ("sign", 1, 15)]),
        ("temps !mais", [("sign", 1, 7)]),
        ("# mais", [("tag_space", 1, 1)]),
        ('tag:"black friday"', [("tag_space", 1, 5)]),
        ("crème", [("plural", 1, 1)]),
        ("temps réseau", [("plural", 1, 7)]),
        ("raw:creme", [("raw_accent", 1, 5)]),
        ("temps OR " * 500 + "mais", [("long", None, None)]),
        ('"Orange"', [("common_name", None, None)]),
        ("Orange OR mention:orange", [("common_name", None, None)]),
    ],
)
def test_what_is_found(query: str, expected: list[tuple[str, int | None, int | None]]) -> None:
    assert codes(query, BRAND) == expected


@pytest.mark.parametrize(
    "query",
    [
        "crème OR crèmes", "crème OR crè*", "cr?me*", '"crème solaire"', "réseau OR réseaux",
        "platform:x OR platform:bluesky",
        "platform:blue* platform:bluesky", "hashtag:ete AND hashtag:mode", "raw:crème",
        "raw:(creme OR crème) -temps", "mais «et»", "lang:fr", '"et"', "orange AND (box OR fibre*)",
        "text:not", "sourcetype:SOCIALMEDIA_TWITTER", "sentiment:positif", "kind:retweet",
        "platform:facebok*", "imageType:photo",
        "lang:pt-br", "temps & mais", "temps !", "likes:>5 AND likes:<10",
        "(temps OR mais) NOT temps", "sephora",
    ],
)  # fmt: skip
def test_what_is_well_is_left_alone(query: str) -> None:
    found = {code for code, _, _ in codes(query, BRAND)}
    assert found <= {"plural", "raw_accent"} if query.startswith(("orange", "raw:(")) else not found


def test_every_finding_is_said_in_both_languages() -> None:
    given = dict.fromkeys(("given", "other", "operator", "size", "field"), "x")
    for _, texts in REMARKS.values():
        assert set(texts) == {"fr", "en"}
        assert texts["fr"][0].format(**given) != texts["en"][0].format(**given)
    (unreadable,) = lint("(a")
    assert unreadable.render("fr")[0] == "une parenthèse n’est pas fermée"
    assert unreadable.render("en")[1] == "add ) after what belongs together"


def test_the_lexicon_is_a_dictionary() -> None:
    assert hash_string("noun") == NOUN
    assert lexicon("fr").accented["creme"] == "crème"
    assert all(lexicon("en").knows(word) for word in ("apple", "boots", "shell"))
    assert not any(lexicon("en").knows(word) for word in ("sephora", "samsung", "loreal"))


some_number = st.one_of(st.none(), st.integers(0, 3))
# Few words and values, so that one query often follows from another.
some_words = st.lists(st.sampled_from(["a", "ab", "b"]), min_size=1, max_size=3).map(tuple)
phrases = st.builds(
    Words, some_words, st.sampled_from(["words", "words", "text", "title"]), st.booleans()
)
leaf = st.one_of(
    phrases,
    phrases,
    st.builds(
        Near,
        st.tuples(*[st.sampled_from([Words(("a",)), Words(("b",))])] * 2),
        st.integers(0, 2),
        st.booleans(),
    ),
    st.builds(Raw, st.just("Ab"), st.just(("ab",))),
    st.builds(Range, st.just("likes"), some_number, some_number),
    st.builds(Term, st.sampled_from(["platform", "hashtag"]), st.sampled_from(["a", "ab", "b"]),
              st.booleans()),
    st.builds(Like, st.just("platform"), st.just("a?")),
    st.sampled_from([All(), Exists("likes"), Exists("platform"), Exists("hashtag")]),
)  # fmt: skip
trees = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)


def posts() -> list[dict[str, Any]]:
    rng = random.Random(5)
    text = lambda most: " ".join(rng.choices(["a", "ab", "b", "Ab", "x"], k=rng.randint(0, most)))  # noqa: E731
    return [
        {
            "text": text(5),
            "title": rng.choice([None, text(3)]),
            "platform": rng.choice([None, "a", "ab", "b"]),
            "hashtags": rng.sample(["a", "ab", "b"], rng.randint(0, 2)),
            "metrics.likes": rng.choice([None, 0, 1, 2, 3]),
        }
        for _ in range(150)
    ]


POSTS = posts()


@given(leaf, leaf, trees, trees)
@settings(max_examples=500, deadline=None, suppress_health_check=[*HealthCheck])
def test_what_it_is_sure_of_is_so(one: Node, other: Node, tree: Node, wood: Node) -> None:
    for first, second in ((one, other), (tree, wood), (one, tree), (tree, one)):
        if implies(first, second):
            assert all(matches(second, post) for post in POSTS if matches(first, post))
    for node in (tree, wood, And((tree, wood)), And((one, other)), Or((tree, Not(wood)))):
        if never(node):
            assert not any(matches(node, post) for post in POSTS)
        if always(node):
            assert all(matches(node, post) for post in POSTS)
