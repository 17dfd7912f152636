"""The world: large, varied, the same for the same seed, and moved by whole weeks."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from vigie.demo.almanac import Almanac, last_monday
from vigie.demo.grammar import fold
from vigie.demo.people import BLUESKY, HACKERNEWS, MASTODON, PRESS
from vigie.demo.truth import Witness
from vigie.demo.world import World

COPIES = {"spam-burst", "generic-comments", "crisis-copied-replies", "crisis-story"}
PARIS = ZoneInfo("Europe/Paris")


def _fingerprint(world: World) -> str:
    told = hashlib.sha256()
    for post in world.posts:
        told.update(repr((post.uri, post.text, post.likes, post.deleted, post.plan)).encode())
    return told.hexdigest()


def test_it_is_large_and_speaks_two_languages(world: World) -> None:
    witness = Witness(world)
    seen = [post for post in world.posts if witness.seen(post)]
    people = {post.account for post in seen if post.account.kind == "person"}
    languages = Counter(post.lang for post in seen)
    assert len(seen) >= 12_000
    assert len(people) >= 600
    assert set(languages) == {"fr", "en"}
    assert min(languages.values()) >= 3_500


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    assert _fingerprint(World(world.almanac.now, world.seed)) == _fingerprint(world)


def test_another_now_moves_the_days_and_keeps_ids_hours_and_texts(world: World) -> None:
    moved = World(world.almanac.now + timedelta(weeks=30, hours=-1), world.seed)
    assert moved.almanac.now.astimezone(PARIS).hour == 9
    assert [post.text for post in moved.posts] == [post.text for post in world.posts]
    # On the other networks ids tell when they were made: X is asked for those of the last week.
    kept = (MASTODON, BLUESKY, HACKERNEWS, PRESS)
    ids = [[post.uri for post in one.posts if post.site in kept] for one in (moved, world)]
    assert ids[0] == ids[1]
    pairs = zip(moved.posts, world.posts, strict=True)
    times = [
        (datetime.fromtimestamp(a.at / 1000, PARIS), datetime.fromtimestamp(b.at / 1000, PARIS))
        for a, b in pairs
    ]
    assert all(
        (a.replace(tzinfo=None) - b.replace(tzinfo=None)) == timedelta(weeks=30) for a, b in times
    )


def test_now_is_the_last_monday_at_nine_in_paris() -> None:
    assert last_monday(datetime(2026, 11, 25, 9, tzinfo=UTC)) == datetime(
        2026, 11, 23, 8, tzinfo=UTC
    )
    assert last_monday(datetime(2026, 11, 23, 7, 59, tzinfo=UTC)) == datetime(
        2026, 11, 16, 8, tzinfo=UTC
    )
    with pytest.raises(ValueError, match="Monday"):
        Almanac(datetime(2026, 11, 24, 8, tzinfo=UTC))


def test_hardly_a_post_is_a_copy_of_another(world: World) -> None:
    """Shingles of eight words, or the whole of a shorter text; hashtags left out."""
    first: dict[str, int] = {}
    copies = total = 0
    for number, post in enumerate(world.posts):
        if post.plan in COPIES:
            continue
        total += 1
        words = re.findall(
            r"\w+", fold(re.sub(r"[#@][\w.@-]+", "", f"{post.title or ''} {post.text}"))
        )
        shingles = {" ".join(words[at : at + 8]) for at in range(max(1, len(words) - 7))}
        known = Counter(first[one] for one in shingles if one in first)
        copies += bool(known) and max(known.values()) >= 0.5 * len(shingles)
        for one in shingles:
            first.setdefault(one, number)
    assert copies / total <= 0.02


def test_people_write_in_their_own_manner(world: World) -> None:
    texts = [post.text for post in world.posts if post.site in (MASTODON, BLUESKY)]
    lower = sum(text == text.lower() for text in texts) / len(texts)
    emoji = sum(bool(re.search(r"[\U0001F300-\U0001FAFF❤☔☕]", text)) for text in texts) / len(
        texts
    )
    lengths = sorted(map(len, texts))
    assert 0.03 <= lower <= 0.25
    assert 0.1 <= emoji <= 0.6
    assert lengths[len(lengths) // 10] * 2 <= lengths[-len(lengths) // 10]
    assert sum(len(person.follows) for person in world.people) / len(world.people) >= 10


def test_nothing_is_longer_than_its_platform_takes(world: World) -> None:
    limits = {MASTODON: 500, BLUESKY: 300}
    for post in world.posts:
        assert len(post.text) <= limits.get(post.site, 10_000), post.text
        assert "{" not in post.text


def test_texts_are_clean(world: World) -> None:
    for post in world.posts:
        assert post.text or post.title
        assert post.text == post.text.strip()
        assert not re.search(r"\b(?:de le|à le|de les|à les) \w", post.text), post.text


def test_crisis_shares_of_negative_posts(world: World) -> None:
    by_day: dict[int, Counter[str]] = {}
    for post in world.posts:
        if "quincabelle" in post.brands and post.account.kind == "person" and not post.parent:
            by_day.setdefault(post.day, Counter())[post.mood] += 1

    def negative(days: range) -> float:
        total = sum((by_day.get(day, Counter()) for day in days), Counter())
        return total["neg"] / sum(total.values())

    assert negative(range(0, 51)) == pytest.approx(0.18, abs=0.03)
    assert negative(range(54, 55)) == pytest.approx(0.71, abs=0.03)
    assert negative(range(62, 63)) == pytest.approx(0.31, abs=0.05)


def test_engagement_at_equal_age_is_planted(world: World) -> None:
    for site in (MASTODON, BLUESKY):
        written = world.owned["cahotelle", site]
        totals = {}
        for post in written:
            likes, shares, quotes, _, replies = post.counts(post.at + 72 * 3_600_000)
            totals[post] = likes + shares + replies + (quotes if site == BLUESKY else 0)
        ranked = sorted(totals.values())
        median = (ranked[len(ranked) // 2] + ranked[(len(ranked) - 1) // 2]) / 2
        videos = sorted(totals[post] for post in written if post.plan == "format-morning-run")
        assert len(videos) == 9
        assert videos[4] / median == pytest.approx(3.1, rel=0.1)


def test_our_own_story_detector_folds_hardly_any_post_that_was_not_planted(world: World) -> None:
    from nlp.stories import Stories

    stories = Stories().assign(
        [post.uri for post in world.posts],
        [f"{post.title}. {post.text}" if post.title else post.text for post in world.posts],
        [datetime.fromtimestamp(post.at / 1000, UTC) for post in world.posts],
    )
    told = list(zip(world.posts, stories, strict=True))
    others = [(post, story) for post, story in told if post.plan not in COPIES]
    assert sum(post.uri != story for post, story in others) / len(others) <= 0.02
    for plan in ("crisis-story", "crisis-copied-replies"):
        found = Counter(story for post, story in told if post.plan == plan)
        assert len(found) == 1
