"""The linter: what it says of a query, and that what it is sure of is so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from spacy.strings import hash_string

from tests.query.asking import corpus, fields, nears, raws, words
from tests.store.conftest import build
from vigie.errors import QueryError
from vigie.query import matches, parse
from vigie.query.implying import always, implies, never
from vigie.query.lexicon import NOUN, lexicon
from vigie.query.linting import Context, lint
from vigie.query.nodes import And, Node, Not, Or
from vigie.query.remarks import REMARKS
from vigie.records import Post

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
        ("*", [("always", None, None)]),
        ("a OR NOT a", [("always", None, None)]),
        ("NOT a", [("not_alone", None, None)]),
        ("-a -b", [("not_alone", None, None)]),
        ("pouls and temps", [("operator", 1, 7)]),
        ("mais OU temps", [("operator", 1, 6)]),
        ("temps not mais", [("operator", 1, 7)]),
        ("temps NEAR mais", [("near_bare", 1, 7)]),
        ("temps?", [("question", 1, 1)]),
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
        "platform:x OR platform:bluesky", "hashtag:ete AND hashtag:mode", "raw:crème",
        "raw:(creme OR crème) -temps", "mais «et»", "lang:fr", '"et"', "orange AND (box OR fibre*)",
        "text:not", "likes:>5 AND likes:<10", "(temps OR mais) NOT temps", "sephora",
    ],
)  # fmt: skip
def test_what_is_well_is_left_alone(query: str) -> None:
    found = {code for code, _, _ in codes(query, BRAND)}
    assert found <= {"plural", "raw_accent"} if query.startswith(("orange", "raw:(")) else not found


def test_every_finding_is_said_in_both_languages() -> None:
    given = dict.fromkeys(("given", "other", "operator", "size"), "x")
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


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    from vigie.store.embedded import EmbeddedStore

    store = EmbeddedStore(tmp_path_factory.mktemp("lint"), timezone="UTC")
    records = corpus(build)
    store.upsert(records)
    found = store.documents([record.id for record in records if isinstance(record, Post)])
    store.close()
    return [document for document in found if document is not None]


leaf = st.one_of(words, nears, raws, fields, st.just("*"))


def read(query: str) -> Node:
    try:
        return parse(query)
    except QueryError:
        reject()


@given(leaf, leaf, leaf, st.sampled_from(["implies", "never", "always"]))
@settings(max_examples=400, deadline=None, suppress_health_check=[*HealthCheck])
def test_what_it_is_sure_of_is_so(
    documents: list[dict[str, Any]], one: str, other: str, third: str, claim: str
) -> None:
    a, b, c = read(one), read(other), read(third)
    for first, second in ((a, Or((b, c))), (And((a, b)), c), (a, b), (Or((a, b)), Not(c))):
        if claim == "implies" and implies(first, second):
            assert all(matches(second, one) for one in documents if matches(first, one))
        if claim == "never" and never(node := And((first, second))):
            assert not any(matches(node, one) for one in documents)
        if claim == "always" and always(node := Or((first, second))):
            assert all(matches(node, one) for one in documents)
