"""Matching in memory, and many queries at once."""

from __future__ import annotations

import pytest

from vigie.query import Matcher, matches, parse

POST = {
    "id": "bluesky:at://did:plc:X/1",
    "platform": "bluesky",
    "kind": "post",
    "state": "live",
    "title": "Crème de jour",
    "text": "J’ai testé L’Oréal 😍, c’est top #SoinVisage https://www.boutique.test/a",
    "language": "fr",
    "hashtags": ("SoinVisage", "Été"),
    "mentions": ("Marque@social.test",),
    "links": ("https://www.boutique.test/a?x=1",),
    "author.handle": "Ana.test",
    "author.name": "Ana Légère",
    "author.id": "bluesky:did:plc:X",
    "author.followers": 1200,
    "metrics.likes": 0,
    "entities": [{"text": "L’Oréal", "label": "ORG", "canonical": "L’Oréal"}],
    "brands": ["oreal"],
    "published_at": "2026-09-01T08:00:00Z",
}


@pytest.mark.parametrize(
    "query",
    [
        "*", "oréal", "L'OREAL", '"testé l’oréal"', "soinvisage", "ete", "#été", "#soin*", "😍",
        "oréa*", '"teste l ore"*', "title:jour", 'title:"crème de jour"', "text:top", "top -flop",
        "platform:bluesky lang:fr", "author:ana.test", 'author:"ana legere"', "author:@Ana.test",
        "author:bluesky:did:plc:X", "@marque", "mention:marque@social.test", "domain:boutique.test",
        "link:https://boutique.test/a?x=1", "link:boutique.test/*", "entity:l’oréal", "brand:oreal",
        "likes:0", "likes:<1", "followers:[1k TO 2k]", "published:2026-09-01", "-owner:*",
        "state:live", "id:bluesky:at://did:plc:X/1", "domain:*", "(flop OR top) NOT flop",
        "testé NEAR/3 😍", "😍 NEAR/0 oréal", '"teste l oreal" ONEAR/3 top', '"top testé"~5',
        "(flop OR j) ONEAR/1 test*", "(ai NEAR/2 oréal) ONEAR/3 top", "cr?me", "cr*e jo?r",
        '"testé l\'or?al"', "#soin?isage", "author:ana*gere", "domain:bou*que.test",
        "raw:L'Oréal", 'raw:"L’Oréal 😍"', "raw:#SoinVisage", "raw:(Jour OR jour)", "{jour}",
        "title:(crème ONEAR/1 jour)", "top <<<not flop>>>",
    ],
)  # fmt: skip
def test_holds(query: str) -> None:
    assert matches(parse(query), POST)


@pytest.mark.parametrize(
    "query",
    [
        "flop", '"jour j"', '"l oreal top"', "text:jour", "title:top", "real", "#soin", "likes:>0",
        "views:<5", "-views:*  -top", "owner:*", "platform:mastodon", "published:>2026-09-01",
        "id:BLUESKY:at://did:plc:x/1", "NOT *", "domain:test",
        "testé NEAR/1 😍", '"teste l oreal" ONEAR/2 top', "😍 ONEAR/9 oréal", "jour NEAR/9 testé",
        "top NEAR/9 top", "cr?e", "crem? top?", "text:(crème NEAR/3 jour)", "raw:Jour",
        "soinvisage NEAR/50 ete",
        "raw:Oreal", "raw:oréal", "raw:Oréa", "raw:SoinVisag", "#soin?sage", 'raw:"jour J’ai"',
    ],
)  # fmt: skip
def test_does_not_hold(query: str) -> None:
    assert not matches(parse(query), POST)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("raw:Or", "Oréal, or", False),
        ("raw:Or", "l'Or", True),
        ("raw:Or", "Or_a or", False),
        ("raw:C++", "C et C++.", True),
        ("raw:C++", "C +", False),
        ("raw:été", "e\u0301te\u0301", True),
        ("raw:日記", "私の日記帳", True),
        ("raw:👍", "👍🏽", True),
        ('raw:"a b"', "a\n  b", True),
        ("raw:👨", "👨‍👩‍👧", False),
    ],
)
def test_as_written_at_the_bounds_of_words(query: str, text: str, found: bool) -> None:
    assert matches(parse(query), {"text": text}) == found


def test_many_queries_answer_as_each_alone() -> None:
    queries = [
        "top", "flop", "top OR flop", "-top", '"l\'oréal"', "oréal AND (peau OR top)",
        "mention:marque", "crea*", "creme AND NOT jour", "title:jour", "#été OR plage", "lang:fr",
        "top NEAR/9 oréal", "flop ONEAR/1 cr*f", "raw:L'Oréal", "cr?atif", '"flop cr?a"*',
        "(top OR flop) NEAR/0 (créatif OR peau)", 'raw:"flop créatif" OR title:(creme NEAR/2 jour)',
    ]  # fmt: skip
    nodes = [parse(query) for query in queries]
    other = {**POST, "text": "flop créatif", "title": None, "hashtags": (), "mentions": ()}
    expected = [
        [number for number, node in enumerate(nodes) if matches(node, document)]
        for document in (POST, other)
    ]
    assert Matcher(nodes).match([POST, other]) == expected
    assert expected[0] != expected[1]
