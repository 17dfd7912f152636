from nlp.language import LanguageReader, primary


def test_french_and_english_are_told_apart() -> None:
    reader = LanguageReader(("fr", "en"))
    texts = [
        "Mon vélo est arrivé hier, les enfants sont ravis",
        "My bike came yesterday and the kids are delighted",
        "@lili_du_13 ça roule bien même sous la pluie https://example.org/a",
        "@jo_rides it rides well even in the rain https://example.org/a",
    ]
    read = reader.read(texts)
    assert [language for language, _ in read] == ["fr", "en", "fr", "en"]
    assert all(sure is not None and sure > 0.9 for _, sure in read)


def test_nothing_to_read_is_none_and_not_a_guess() -> None:
    reader = LanguageReader(("fr", "en"))
    texts = ["😍😍🔥", "https://example.org/le-velo", "@marie_b", "", "2026 !!"]
    assert reader.read(texts, ["fr"] * 5) == [(None, None)] * 5


def test_a_tag_decides_a_short_text_and_not_a_clear_one() -> None:
    reader = LanguageReader(("fr", "en"))
    plain, french, english = (reader.read(["Top"], [tag])[0] for tag in (None, "fr-CA", "en"))
    assert french[0] == "fr"
    assert english[0] == "en"
    assert plain[0] is not None
    clear = "This is clearly an English sentence about a bike that broke"
    assert reader.read([clear], ["fr"])[0][0] == "en"


def test_a_foreign_text_has_a_low_figure() -> None:
    language, sure = LanguageReader(("fr", "en")).read(
        ["Das ist eine Frechheit, ich kaufe dort nie wieder ein Fahrrad"]
    )[0]
    assert language in {"fr", "en"}
    assert sure is not None
    assert sure < 0.1


def test_other_languages_than_the_trained_ones() -> None:
    reader = LanguageReader(("fr", "nl"))
    assert reader.version == "py3langid"
    read = reader.read(["Dit is een hele mooie fiets voor de kinderen", "Un bien beau vélo, merci"])
    assert [language for language, _ in read] == ["nl", "fr"]


def test_primary_subtag() -> None:
    assert [primary(tag) for tag in ("fr-CA", "EN_gb", "de", None, "")] == [
        "fr",
        "en",
        "de",
        "",
        "",
    ]
