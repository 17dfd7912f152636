"""Bodies for search engines: what can be seen without one."""

from __future__ import annotations

import pytest

from vigie.query import parse
from vigie.query.deciding import contained
from vigie.query.elastic import TERMS, among, compile_query, sayable
from vigie.query.nodes import Node


def test_words_rank_and_all_else_filters() -> None:
    body = compile_query(parse("crème #été -soin likes:>3"))["bool"]
    assert body["must"] == [{"term": {"words": {"value": "creme"}}}]
    assert body["must_not"] == [{"term": {"words": {"value": "soin"}}}]
    (tag, likes) = body["filter"]
    assert tag == {"bool": {"filter": [{"term": {"hashtags": {"value": "ete"}}}]}}
    assert likes == {"bool": {"filter": [{"range": {"metrics.likes": {"gte": 4}}}]}}


def test_more_ids_than_a_query_takes_are_asked_for_in_pieces() -> None:
    ids = [str(number) for number in range(TERMS + 1)]
    (first, second) = among("id", ids)["bool"]["should"]
    assert (len(first["terms"]["id"]), second["terms"]["id"]) == (TERMS, [str(TERMS)])
    assert among("id", ()) == {"terms": {"id": []}}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("a NEAR/2 b", True),
        ('"a b" ONEAR/2 (c OR "d e")', True),
        ('"a b c"~2', True),
        ('"a b a"~2', False),
        ('("a b" AND c AND d)~2', False),
        ("a NEAR/2 b*", False),
        ("a NEAR/2 (b OR c?d)", False),
        ("(a NEAR/2 b) NEAR/2 c", False),
        ("raw:A", False),
        ('"a b*"', False),
        ("ab?c", True),
    ],
)
def test_what_engines_say_themselves(query: str, said: bool) -> None:
    node: Node = parse(query)
    assert sayable(node) == said
    if said:
        assert compile_query(node, lax=True) == compile_query(node)
        return
    with pytest.raises(AssertionError, match="settle"):
        compile_query(node)
    assert compile_query(node, lax=True) == compile_query(contained(node), lax=True)
