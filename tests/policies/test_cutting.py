"""Items are cut out of raw bodies of every platform's real shapes, and nothing else with them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crawlers.test_samples import FILES, answer_of
from vigie.cutting import MASK, cut, mask, masking
from vigie.errors import MappingError
from vigie.mapping import map_answer
from vigie.records import Post
from vigie.sources import Answer


def posts_of(answer: Answer) -> dict[str, Post]:
    try:
        return {post.id: post for post in map_answer(answer).posts}
    except MappingError:
        return {}


WHOLE = ("telegram.page",)  # a page that a person saved has no objects to cut: it goes as a whole
SAMPLES = [path for path in FILES if path.stem not in WHOLE and posts_of(answer_of(path))]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_post_can_be_cut_out_and_all_others_stay(path: Path) -> None:
    answer = answer_of(path)
    posts = posts_of(answer)
    for id, gone in posts.items():
        pieces = cut(answer, lambda post, id=id: post.id == id)
        left = {key: post for piece in pieces for key, post in posts_of(piece).items()}
        assert set(left) == {key for key, post in posts.items() if id not in (key, post.repost_of)}
        for key, post in left.items():
            assert post.text == posts[key].text, key
            assert post.author == posts[key].author, key
        told = b"".join(piece.body for piece in pieces).decode()
        # A text that another post repeats (a boost, a quotation) is that one's as well.
        others = " ".join(f"{post.text} {post.title}" for post in left.values())
        for words in (gone.text or "").split("\n"):
            if len(words) > 30 and words not in others:
                assert json.dumps(words)[1:-1] not in told
                assert words not in told


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_all_of_an_author_can_be_cut_out(path: Path) -> None:
    answer = answer_of(path)
    posts = posts_of(answer)
    for author in {post.author.id for post in posts.values()} - {None}:
        pieces = cut(answer, lambda post, author=author: post.author.id == author)
        left = {key for piece in pieces for key in posts_of(piece)}
        theirs = {id for id, post in posts.items() if post.author.id == author}
        assert left == {
            id for id, post in posts.items() if id not in theirs and post.repost_of not in theirs
        }


def test_a_page_goes_as_a_whole() -> None:
    for answer in (answer_of(path) for path in FILES if path.stem in WHOLE):
        assert all(cut(answer, lambda post, id=id: post.id == id) == [] for id in posts_of(answer))


def test_what_holds_nothing_of_it_is_left_as_it_was() -> None:
    answer = answer_of(SAMPLES[0])
    (same,) = cut(answer, lambda post: False)
    assert same is answer


def test_a_body_that_nobody_can_read_is_given_up() -> None:
    answer = replace(answer_of(SAMPLES[0]), body=b'{"cut of')
    assert cut(answer, lambda post: True) == []


def test_a_name_is_masked_where_it_is_a_name() -> None:
    hide = masking(["mastodon:42", "42"], ["lumen", "lumen@town.example"], ["Ada Lune"])
    assert hide("the Lumen of @lumen, and lumen.example/@Lumen/42") == (
        f"the Lumen of @{MASK}, and lumen.example/@{MASK}/{MASK}"
    )
    assert hide("lumen") == hide("Ada Lune") == MASK
    assert hide("Ada Lune is here 1425") == "Ada Lune is here 1425"
    assert hide("@lumen@town.example") == f"@{MASK}@town.example"


def test_what_others_wrote_keeps_its_shape_under_the_mask() -> None:
    (path,) = (one for one in SAMPLES if one.stem == "mastodon.timelines_tag")
    answer = answer_of(path)
    posts = posts_of(answer)
    (first, *_) = posts.values()
    pieces = cut(answer, lambda post: post.id == first.id)
    hide = masking([], [first.author.handle or ""], [first.author.name or ""])
    masked = [made for piece in pieces for made in mask(piece, hide)]
    left = {key for piece in masked for key in posts_of(piece)}
    assert left == {id for id, post in posts.items() if first.id not in (id, post.repost_of)}
