"""Saved objects as both Dashboards and Kibana import them, one a line: index patterns, searches,
visualizations and dashboards of one language.

Objects refer to one another by reference, never by value; ids are stable, so that importing again
replaces; the same declarations give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigie.dashboards import patterns
from vigie.dashboards.boards import BOARDS, INTRODUCTION, LISTS, TILES, Board, kind_of, places
from vigie.dashboards.drawing import visualization
from vigie.dashboards.patterns import PATTERNS, SEARCHES
from vigie.dashboards.tile import Tile, is_counter, kql, uncounted
from vigie.explorer.codes import say
from vigie.locales import LANGUAGES, Lang, mark, messages
from vigie.metrics import DEFINITIONS
from vigie.platforms import titled
from vigie.policies import Policies, left_out

# Object versions that Dashboards 2.x and 3.x and Kibana from 7.10 on read.
VERSIONS = {
    "index-pattern": "7.6.0", "search": "7.9.3", "visualization": "7.10.0", "dashboard": "7.9.3",
}  # fmt: skip
INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"
EXPLORER = "http://127.0.0.1:8765"
TONES = {"positive": "#2f6db3", "neutral": "#9aa3ad", "negative": "#cf6a1c", "unsure": "#d3d8dd"}
LISTED = (("brands", mark("Brand")), ("platform", mark("Network")), ("language", mark("Language")))
INTRODUCED = mark(
    "Only posts still online count. A click on a bar, a line or a cell narrows the whole "
    "dashboard; the lists beside do the same, where your version has them. The days are those of "
    "your browser's time zone, weekdays and hours those of the workspace."
)
Saved = dict[str, Any]
Reference = dict[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from one installation to the next."""

    prefix: str = "vigie"  # of the indices, and so of the objects' ids
    explorer: str = EXPLORER  # its address, as readers reach it
    since: str = ""  # what the dashboards open with, in place of their last days
    until: str = ""
    without: tuple[str, ...] = uncounted(Policies())  # platforms that are in no figure of counters


def objects(lang: Lang, settings: Settings = Settings()) -> Iterator[Saved]:
    """The saved objects in a language, each after those that it refers to."""
    yield from _Bundle(lang, settings).objects()


def lines(lang: Lang, settings: Settings = Settings()) -> str:
    """The file of a language: one object a line."""
    return "".join(_json(one) + "\n" for one in objects(lang, settings))


def write(folder: Path, settings: Settings = Settings()) -> list[Path]:
    """Writes the files of both languages and answers with their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for lang in LANGUAGES:
        path = folder / f"vigie.{lang}.ndjson"
        path.write_text(lines(lang, settings), encoding="utf-8")
        paths.append(path)
    return paths


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class _Bundle:
    """The objects of one language and installation."""

    def __init__(self, lang: Lang, settings: Settings) -> None:
        self.lang = lang
        self.settings = settings
        self.say = messages(lang).gettext
        prefix = settings.prefix
        self.family = "Vigie" if prefix == "vigie" else f"Vigie ({prefix})"

    def objects(self) -> Iterator[Saved]:
        for name in PATTERNS:
            yield self.pattern(name)
        for name in SEARCHES:
            yield self.search(name)
        yield self.lists()
        for tile in TILES.values():
            yield self.tile(tile)
        for name, board in BOARDS.items():
            yield self.introduction(name, board)
            yield self.board(name, board)

    def id(self, name: str) -> str:
        return f"{self.settings.prefix}-{name}-{self.lang}"

    def title(self, said: str) -> str:
        return f"{self.family} · {said}"

    def without(self, id: str) -> tuple[str, ...]:
        """The platforms that a tile or search leaves out: its figures or its order are of counters,
        and the platforms' terms forbid that."""
        counts = TILES[id].counts if id in TILES else is_counter(SEARCHES[id].sort)
        return self.settings.without if counts else ()

    def named(self, id: str) -> str:
        """What a tile or search is called, and whom it leaves out."""
        said = self.say(TILES[id].panel.title if id in TILES else SEARCHES[id].title)
        if not (names := [titled(platform, self.lang) for platform in self.without(id)]):
            return said
        shown = self.say(mark("%(title)s (without %(networks)s)"))
        return shown % {"title": said, "networks": ", ".join(names)}

    def reasons(self, id: str) -> str:
        """Why platforms are left out of a tile or search."""
        return " ".join(left_out(platform, "mixed", self.lang) for platform in self.without(id))

    # -- what is asked

    def pattern(self, name: str) -> Saved:
        pattern = PATTERNS[name]
        formats = patterns.formats(pattern, self.settings.explorer, self.lang)
        attributes = {
            "title": f"{self.settings.prefix}-{pattern.index}",
            "timeFieldName": pattern.time,
            "fieldFormatMap": _json(formats),
            "sourceFilters": _json([{"value": hidden} for hidden in pattern.hidden]),
        }
        return self.saved("index-pattern", name, attributes)

    def search(self, name: str) -> Saved:
        search = SEARCHES[name]
        source = {
            **_asked(kql(search.where, self.without(name))),
            "highlightAll": True,
            "version": True,
        }
        attributes = {
            "title": self.title(self.named(name)),
            "description": self.reasons(name),
            "hits": 0,
            "columns": list(search.columns),
            "sort": [[search.sort or PATTERNS[search.pattern].time, "desc"]],
            "version": 1,
            **_source({**source, "indexRefName": INDEX}),
        }
        return self.saved("search", name, attributes, self.reference(INDEX, search.pattern))

    # -- what is drawn

    def tile(self, tile: Tile) -> Saved:
        state = visualization(tile.panel, tile.pattern, self.lang)
        look: dict[str, Any] = {}
        if "sentiment" in tile.panel.levels:
            colours = {say("sentiment", tone, self.lang): TONES[tone] for tone in TONES}
            look = {"vis": {"colors": colours}}
        asked = kql(tile.filters, self.without(tile.panel.id))
        source = {**_asked(asked), "indexRefName": INDEX}
        return self.visualization(
            tile.panel.id, self.named(tile.panel.id), state, self.described(tile), source, look,
            self.reference(INDEX, tile.pattern),
        )  # fmt: skip

    def described(self, tile: Tile) -> str:
        """What a panel answers, what its figures are, and what must be known of them."""
        told = [self.say(tile.panel.question)]
        if tile.measures:
            metrics = (DEFINITIONS[id] for id in tile.measures)
            told.append(" · ".join(f"{m.title[self.lang]} ({m.id} v{m.version})" for m in metrics))
        if tile.note:
            told.append(self.say(tile.note))
        if why := self.reasons(tile.panel.id):
            told.append(why)
        return " ".join(text if text.endswith(("?", ".")) else f"{text}." for text in told)

    def introduction(self, name: str, board: Board) -> Saved:
        page = patterns.address(
            self.settings.explorer, board.page, self.lang, period=f"{board.days}d"
        )
        here = self.say(mark("Open in the explorer"))
        links = [f"[{here}]({page})"]
        links += [
            f"[{self.say(other.title)}](#/view/{self.id(key)})"
            for key, other in BOARDS.items()
            if key != name
        ]
        text = f"**{self.say(board.answers)}**\n\n{self.say(INTRODUCED)}\n\n{' · '.join(links)}"
        params = {"fontSize": 11, "openLinksInNewTab": False, "markdown": text}
        state = {"type": "markdown", "params": params, "aggs": []}
        return self.visualization(
            f"{name}-{INTRODUCTION}", self.say(board.title), state, self.say(board.answers),
            _asked(""), {}, family=self.say(mark("introduction")),
        )  # fmt: skip

    def lists(self) -> Saved:
        """Lists of brands, networks and languages that narrow a dashboard."""
        controls: list[dict[str, Any]] = [
            {
                "id": f"{self.settings.prefix}-{field}",
                "fieldName": field,
                "parent": "",
                "label": self.say(label),
                "type": "list",
                # A fixed list: one that asks while a person types may time out half-way.
                "options": {
                    "type": "terms", "multiselect": True, "dynamicOptions": False, "size": 50,
                    "order": "desc",
                },
                "indexPatternRefName": f"control_{number}_index_pattern",
            }
            for number, (field, label) in enumerate(LISTED)
        ]  # fmt: skip
        params = {
            "controls": controls,
            "updateFiltersOnChange": True,
            "useTimeFilter": False,
            "pinFilters": False,
        }
        state = {"type": "input_control_vis", "params": params, "aggs": []}
        references = [self.reference(one["indexPatternRefName"], "posts") for one in controls]
        return self.visualization(
            LISTS, self.say(mark("Brands, networks, languages")), state,
            self.say(mark("Whose, where, in which language?")), _asked(""), {}, *references,
        )  # fmt: skip

    def visualization(
        self,
        name: str,
        title: str,
        state: dict[str, Any],
        description: str,
        source: dict[str, Any],
        look: dict[str, Any],
        *references: Reference,
        family: str = "",
    ) -> Saved:
        said = self.title(title) + (f" ({family})" if family else "")
        attributes = {
            "title": said,
            "visState": _json({"title": said, **state}),
            "uiStateJSON": _json(look),
            "description": description,
            "version": 1,
            **_source(source),
        }
        return self.saved("visualization", name, attributes, *references)

    def board(self, name: str, board: Board) -> Saved:
        panels, references = [], []
        for number, place in enumerate(places(board)):
            own = f"{name}-{INTRODUCTION}" if place.id == INTRODUCTION else place.id
            shown = f"panel_{number}"
            kind = kind_of(place.id)
            references.append({"name": shown, "type": kind, "id": self.id(own)})
            panels.append(
                {
                    "version": VERSIONS["dashboard"],
                    "gridData": {
                        "x": place.x, "y": place.y, "w": place.w, "h": place.h, "i": str(number),
                    },
                    "panelIndex": str(number),
                    "embeddableConfig": {},
                    "title": self.heading(place.id, board),
                    "panelRefName": shown,
                }
            )  # fmt: skip
        settings = self.settings
        attributes = {
            "title": self.title(self.say(board.title)),
            "description": self.say(board.answers),
            "hits": 0,
            "panelsJSON": _json(panels),
            "optionsJSON": _json({"useMargins": True, "hidePanelTitles": False}),
            "version": 1,
            "timeRestore": True,
            "timeFrom": settings.since or f"now-{board.days}d/d",
            "timeTo": settings.until or "now",
            "refreshInterval": {"pause": True, "value": 0},
            **_source(_asked("")),
        }
        return self.saved("dashboard", name, attributes, *references)

    def heading(self, id: str, board: Board) -> str:
        """What stands above a panel: its title without the family's name."""
        if id == INTRODUCTION:
            return self.say(board.title)
        if id == LISTS:
            return self.say(mark("Brands, networks, languages"))
        return self.named(id)

    # -- shapes

    def reference(self, name: str, pattern: str) -> Reference:
        return {"name": name, "type": "index-pattern", "id": self.id(pattern)}

    def saved(self, kind: str, name: str, attributes: dict[str, Any], *refs: Reference) -> Saved:
        return {
            "id": self.id(name),
            "type": kind,
            "attributes": attributes,
            "references": list(refs),
            "migrationVersion": {kind: VERSIONS[kind]},
        }


def _asked(query: str) -> dict[str, Any]:
    return {"query": {"query": query, "language": "kuery"}, "filter": []}


def _source(source: dict[str, Any]) -> dict[str, Any]:
    return {"kibanaSavedObjectMeta": {"searchSourceJSON": _json(source)}}
