import random
from datetime import UTC, datetime, timedelta

import pytest

from nlp.stories import WINDOW, Stories, fingerprint
from vigie.errors import VigieError

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
TEXT = "Quincabelle rappelle tous les cadres produits entre mars et juin après plusieurs fissures"
COPIES = [
    f"RT @velo_infos: {TEXT}",
    f"{TEXT} https://example.org/rappel",
    TEXT.upper(),
    f"{TEXT} #rappel",
    f"{TEXT} via @velo_infos",
    f"{TEXT} - Le Courrier du Vélo",
    "RT @velo_infos: Quincabelle rappelle tous les cadres produits entre mars et ju…",
    TEXT.replace("plusieurs", "de nombreuses"),
]


def hours(n: int) -> list[datetime]:
    return [NOW + timedelta(hours=i) for i in range(n)]


def test_every_way_of_copying_is_the_same_story() -> None:
    texts = [TEXT, *COPIES]
    ids = [f"p{i}" for i in range(len(texts))]
    assert Stories().assign(ids, texts, hours(len(ids))) == ["p0"] * len(ids)


def test_the_earliest_post_is_the_first_whatever_its_place() -> None:
    found = Stories().assign(["b", "a"], [COPIES[0], TEXT], [NOW + timedelta(hours=1), NOW])
    assert found == ["a", "a"]


def test_other_news_of_the_same_brand_is_another_story() -> None:
    texts = [
        TEXT,
        "Quincabelle ouvre une boutique à Nantes avec deux modèles à l'essai samedi",
        "Le rappel des cadres Quincabelle vu par un mécanicien : ce que disent les soudures",
        "Quincabelle répond enfin sur les cadres, et la réponse ne convainc personne",
    ]
    ids = ["a", "b", "c", "d"]
    assert Stories().assign(ids, texts, hours(4)) == ids


def test_short_generic_posts_stay_apart() -> None:
    texts = [
        "Merci !",
        "merci beaucoup",
        "Merci pour le retour !",
        "Thanks a lot!",
        "So cool",
        "Top",
    ]
    ids = [f"{text}{i}" for text in texts for i in range(3)]
    assert Stories().assign(ids, [text for text in texts for _ in range(3)], hours(18)) == ids


def test_a_light_text_is_one_story_for_days_only() -> None:
    short = "Black Friday cargo bikes"
    times = [NOW, NOW + timedelta(days=1), NOW + timedelta(days=9)]
    assert Stories().assign(["a", "b", "c"], [short] * 3, times) == ["a", "a", "c"]


def test_a_story_ends() -> None:
    times = [NOW, NOW + timedelta(days=20), NOW + timedelta(days=39), NOW + timedelta(days=70)]
    found = Stories().assign(["a", "b", "c", "d"], [TEXT] * 4, times)
    assert found == ["a", "a", "a", "d"]


def test_a_repost_belongs_to_what_it_reposts() -> None:
    stories = Stories()
    found = stories.assign(
        ["a", "b", "c", "d"],
        [TEXT, COPIES[1], "", None],
        hours(4),
        [None, None, "b", "never-collected"],
    )
    assert found == ["a", "a", "a", "never-collected"]


def test_state_survives_and_answers_repeat() -> None:
    stories = Stories()
    first = stories.assign(["a", "b"], [TEXT, COPIES[0]], hours(2))
    kept = Stories.from_bytes(stories.to_bytes())
    assert kept.assign(["c"], [COPIES[1]], [NOW + timedelta(days=2)]) == ["a"]
    assert kept.assign(["a", "b"], [TEXT, COPIES[0]], hours(2)) == first
    assert Stories.from_bytes(Stories().to_bytes()).assign(["z"], [TEXT], [NOW]) == ["z"]
    kept.forget(NOW + timedelta(days=30))
    assert kept.assign(["e"], [TEXT], [NOW + timedelta(days=3)]) == ["e"]


def stream(seed: int, number: int, days: int) -> list[tuple[str, str, datetime, str | None]]:
    """Posts by time, of which many say again what others said: shortly before or for months."""
    chance = random.Random(seed)
    words = [f"{a}{b}" for a in ("vel", "car", "quinc", "rou", "sel") for b in "aeiou"]
    said = [" ".join(chance.choices(words, k=12)) for _ in range(6)]
    posts: list[tuple[str, str, datetime, str | None]] = []
    for n in range(number):
        text = chance.choice(said) if chance.random() < 0.5 else chance.choice(COPIES)
        if chance.random() < 0.6:
            text = " ".join(chance.choices(words, k=12))
            said[chance.randrange(6)] = text
        repost_of = posts[chance.randrange(len(posts))][0] if posts and n % 9 == 0 else None
        posts.append((f"p{n}", text, NOW + timedelta(days=days) * n / number, repost_of))
    return posts


def tell(stories: Stories, posts: list[tuple[str, str, datetime, str | None]]) -> dict[str, str]:
    ids, texts, times, reposts = (list(column) for column in zip(*posts, strict=True))
    return dict(zip(ids, stories.assign(ids, texts, times, reposts), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_who_forgets_or_begins_anew_tells_the_same_stories(seed: int) -> None:
    posts = stream(seed, 1_200, days=200)
    batches = [posts[start : start + 40] for start in range(0, len(posts), 40)]
    whole = Stories()
    expected = {id: story for batch in batches for id, story in tell(whole, batch).items()}
    assert 100 < len(set(expected.values())) < 1_000

    forgetful, told = Stories(), dict[str, str]()
    for number, batch in enumerate(batches):
        since = batch[0][2] - WINDOW
        if number % 4 == 0:
            forgetful.forget(since)
        if number % 7 == 0:  # another process goes on
            forgetful = Stories()
            members = [post for post in posts if post[0] in told and post[2] >= since]
            firsts = {told[id] for id, _, _, of in members if of is None}
            known = [post for post in posts if post in members or post[0] in firsts]
            ids, texts, times, reposts = (list(c) for c in zip(*known, strict=True)) if known else (
                [], [], [], [],
            )  # fmt: skip
            forgetful.recall(ids, texts, times, reposts, [told[id] for id in ids])
        again = forgetful.unknown(of for _, _, _, of in batch if of)
        forgetful.recall_members({id: told[id] for id in again if id in told})
        told |= tell(forgetful, batch)
        assert len(forgetful) < 400
    assert told == expected
    assert len(whole) > 400


def test_what_is_over_does_not_stand_before_what_goes_on() -> None:
    """Each day another one begins with the same heavy words, and sees no second day."""
    heavy = "bicyclette dérailleur guidonnage suspension garde-boue catadioptre"
    text = f"{heavy} un bon été sur la côte et la dune au nord de Brest"
    others = [f"{heavy} " + " ".join(f"{n}x{m}" for m in range(60)) for n in range(70)]
    found = Stories().assign(
        ["a", *(f"o{n}" for n in range(70)), *(f"a{n}" for n in range(1, 8))],
        [text, *others, *[text] * 7],
        [
            NOW,
            *(NOW + timedelta(days=n + 1) for n in range(70)),
            *(NOW + timedelta(days=10 * n, hours=1) for n in range(1, 8)),
        ],
    )
    assert found == ["a", *(f"o{n}" for n in range(70)), *["a"] * 7]


def test_state_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Stories().to_bytes()
    monkeypatch.setattr("nlp.stories.VERSION", "stories-0")
    with pytest.raises(VigieError, match="stories-1"):
        Stories.from_bytes(state)


def test_fingerprint_leaves_marks_of_copying_out() -> None:
    plain = fingerprint("Un vélo électrique à l'essai")[0]
    assert fingerprint("RT @a_b: UN VELO ELECTRIQUE À L’ESSAI https://example.org/x")[0] == plain
    assert fingerprint("https://example.org/x @a_b") == ({}, False)
