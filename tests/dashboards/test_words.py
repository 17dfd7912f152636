"""Both languages say the same, and each says it in its own words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from vigie.dashboards import FOLDER, objects
from vigie.dashboards.boards import BOARDS, TILES
from vigie.dashboards.patterns import PATTERNS
from vigie.locales import LANGUAGES, Lang, messages
from vigie.metrics import DEFINITIONS
from vigie.platforms import PLATFORMS, titled

WORDS = {"title", "description", "customLabel", "label", "markdown", "text", "value", "colors",
         "labelTemplate"}  # fmt: skip
SHARED = {
    "Audience", "Engagement", "Hashtag", "Message", "Score", "Site", "Source", "article", "audio",
    "expert", "image", "import", "impressions", "macro", "micro", "nano",
}  # fmt: skip
EMBEDDED = ("visState", "uiStateJSON", "panelsJSON", "optionsJSON", "searchSourceJSON",
            "fieldFormatMap", "sourceFilters")  # fmt: skip


def skeleton(value: Any, lang: Lang) -> Any:
    """An object without its words."""
    if isinstance(value, dict):
        return {
            key: skeleton(json.loads(one) if key in EMBEDDED else one, lang)
            for key, one in value.items()
            if key not in WORDS
        }
    if isinstance(value, list):
        return [skeleton(one, lang) for one in value]
    if isinstance(value, str):
        return re.sub(rf"(-|lang=){lang}$", r"\1", value)
    return value


def test_languages_differ_in_words_alone() -> None:
    fr = [skeleton(one, "fr") for one in objects("fr")]
    en = [skeleton(one, "en") for one in objects("en")]
    assert fr == en


def words(value: Any) -> Iterator[str]:
    """All words of an object, in their order."""
    if isinstance(value, list):
        for one in value:
            yield from words(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in EMBEDDED:
                yield from words(json.loads(one))
            elif isinstance(one, str) and key in WORDS:
                yield from re.split(r"\n+|\]\([^)]*\)(?: · )?\[?", one) if one else ()
            else:
                yield from words(one)


def test_nothing_is_said_in_the_same_words() -> None:
    """But for names, and the few words that both languages share."""
    fr, en = (list(words(list(objects(lang)))) for lang in LANGUAGES)
    assert len(fr) == len(en)
    shared = {one for one, other in zip(fr, en, strict=True) if one == other and one}
    names = {titled(name, "en") for name in PLATFORMS} | {"{{value}}"}
    names |= {f"vigie-{pattern.index}" for pattern in PATTERNS.values()}
    names |= {hidden for pattern in PATTERNS.values() for hidden in pattern.hidden}
    assert shared - names <= SHARED


def test_codes_are_shown_in_words() -> None:
    found = {}
    for lang in ("fr", "en"):
        for one in objects(lang):
            if one["id"] == f"vigie-posts-{lang}" and one["type"] == "index-pattern":
                found[lang] = json.loads(one["attributes"]["fieldFormatMap"])

    def word(lang: Lang, field: str, code: str) -> str:
        entries = found[lang][field]["params"]["lookupEntries"]
        (said,) = (entry["value"] for entry in entries if entry["key"] == code)
        return str(said)

    assert word("fr", "sentiment.label", "unsure") == "indéterminé"
    assert word("en", "sentiment.label", "unsure") == "unsure"
    assert word("fr", "published_dow", "0") == "lundi"
    assert word("en", "published_dow", "6") == "Sunday"
    assert word("fr", "language", "de") == "allemand"
    assert word("fr", "platform", "hackernews") == "Hacker News"
    assert word("fr", "origin", "earned") == "mentions spontanées"


def test_each_panel_says_what_it_answers_and_what_its_figures_are() -> None:
    for lang in ("fr", "en"):
        said = {one["id"]: one["attributes"]["description"] for one in objects(lang)
                if one["type"] == "visualization"}  # fmt: skip
        for id, tile in TILES.items():
            text = said[f"vigie-{id}-{lang}"]
            assert messages(lang).gettext(tile.panel.question) in text
            for metric in tile.measures:
                definition = DEFINITIONS[metric]
                assert f"{definition.title[lang]} ({metric} v{definition.version})" in text


def test_the_pages_name_each_dashboard() -> None:
    for lang, name in (("fr", "dashboards.fr.md"), ("en", "dashboards.md")):
        page = (FOLDER.parent / "docs" / name).read_text("utf-8")
        for board in BOARDS.values():
            assert f"| {messages(lang).gettext(board.title)} |" in page  # type: ignore[arg-type]
