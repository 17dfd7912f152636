import asyncio
from collections.abc import Iterator

import pytest

from nlp import clauses, keyphrases
from nlp.gazetteer import Gazetteer, names_of
from nlp.reading import Reader
from vigie.watchlist import Brand

NAMES = {"trimouette": ("Trimouette", "#TrimouetteVelo"), "quincabelle": ("Quincabelle", "quinca")}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(("fr", "en"), NAMES) as one:
        yield one


def test_a_batch_is_read_in_order(reader: Reader) -> None:
    texts = [
        "J'adore ma Trimouette, merci à toute l'équipe ❤️",
        "Marie Dupont a essayé un vélo cargo à Nantes samedi",
        "Tim Cook opens a store in Leeds",
        "😍",
        "J'adore ma Trimouette, merci à toute l'équipe ❤️",
    ]
    read = reader.read(texts, entities=[False, True, True, False, True])
    assert [one.language for one in read] == ["fr", "fr", "en", None, "fr"]
    assert read[0].sentiment == read[4].sentiment
    assert read[0].sentiment is not None
    assert read[0].sentiment.label == "positive"
    assert read[0].entities is None
    assert read[0].brand_sentiment[0].brand == "trimouette"
    assert read[1].entities is not None
    assert {(one.canonical, one.label) for one in read[1].entities} >= {("Nantes", "LOC")}
    assert read[2].entities is not None
    assert {(one.canonical, one.label) for one in read[2].entities} >= {("Tim Cook", "PER")}
    assert read[4].entities is not None
    assert [(one.canonical, one.label) for one in read[4].entities] == [("Trimouette", "BRAND")]
    assert set(read[1].model_versions) == {"language", "sentiment", "keyphrases", "entities"}
    assert "entities" not in read[0].model_versions
    assert reader.read([]) == []


def test_two_brands_in_one_post_are_told_apart(reader: Reader) -> None:
    text = "J'adore ma Trimouette, merci, mais Quincabelle est une honte, cadre cassé, très déçu"
    (read,) = reader.read([text])
    score = {one.brand: one.score for one in read.brand_sentiment}
    assert score["trimouette"] > 0.2
    assert score["quincabelle"] < -0.2


def test_a_homonym_is_no_brand(reader: Reader) -> None:
    text = "La fête de Quincabelle aura lieu samedi"
    (free, known) = (reader.read([text])[0], reader.read([text], brands=[[]])[0])
    assert [one.brand for one in free.brand_sentiment] == ["quincabelle"]
    assert known.brand_sentiment == ()


async def test_works_in_a_thread_of_a_loop_and_after_close(reader: Reader) -> None:
    reader.close()
    ask = ["Emma Martin lives in Leeds"], ["Paul Adams moved to Paris"]
    read = await asyncio.gather(
        *(asyncio.to_thread(reader.read, texts, entities=[True]) for texts in ask)
    )
    found = [{one.canonical for one in batch[0].entities or ()} for batch in read]
    assert "Leeds" in found[0]
    assert "Paris" in found[1]


def test_names_are_found_in_any_dress() -> None:
    gazetteer = Gazetteer({"éole": ("Éole", "Eole Vélos"), "q": ("Quincabelle",)})
    text = "EOLE, #éole, @Eole, éole's, Eole  Vélos; pas Éoleo ni aeole.quincabelle"
    found = gazetteer.find(text)
    assert [text[one.start : one.end] for one in found] == [
        "EOLE",
        "éole",
        "Eole",
        "éole",
        "Eole  Vélos",
    ]
    assert Gazetteer({}).find(text) == []


def test_names_come_from_the_watchlist() -> None:
    brand = Brand(
        id="haulberry",
        name="Haulberry",
        names=("#haulberry", "Haulberry Bikes"),
        accounts={"mastodon": ("@haulberry@example.org",), "feeds": ("https://example.org/rss",)},
    )
    assert names_of([brand]) == {
        "haulberry": ("Haulberry", "#haulberry", "Haulberry Bikes", "haulberry")
    }


def test_clauses_follow_the_brand() -> None:
    gazetteer = Gazetteer(NAMES)
    text = "Franchement, Trimouette roule bien. Rien à dire. Par contre Quincabelle casse"
    assert clauses.by_brand(text, gazetteer.find(text)) == {
        "trimouette": "Franchement, Trimouette roule bien. Rien à dire. ",
        "quincabelle": "Par contre Quincabelle casse",
    }
    assert clauses.by_brand("rien", []) == {}


def test_keyphrases() -> None:
    text = "Le vélo cargo électrique de mes voisins #velobus, et le vélo cargo de ma sœur"
    phrases = keyphrases.of_post(text, "fr")
    assert phrases[0] == "vélo cargo électrique"
    assert "#velobus" in phrases
    assert not {"le", "de", "mes"} & {word for phrase in phrases for word in phrase.split()}
    batch = keyphrases.of_batch([text, "Un vélo cargo à louer", "Vélo cargo volé"], ["fr"] * 3)
    assert batch[0] == ("vélo cargo", 3)
    assert "vélo" not in [phrase for phrase, _ in batch]
