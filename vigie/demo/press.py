"""Papers, magazines and blogs: what they publish, and the story that eleven of them copy."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from vigie.demo.almanac import DAYS
from vigie.demo.grammar import Grammar, fold
from vigie.demo.people import PRESS, Account
from vigie.demo.posts import Post
from vigie.demo.scribe import Scribe

DISPATCH_DAY = 56
ATTEMPTS = 30
HOMONYM = "echo-roulombe"
CLOSED_SHARE = 0.12  # of the articles of papers with excerpts, those behind the paywall


def tables() -> dict[str, Any]:
    """The lines of the press (`texts/press.toml`)."""
    return tomllib.loads((files("vigie.demo") / "texts" / "press.toml").read_text("utf-8"))


class Newsroom:
    """Writes the articles of all outlets."""

    def __init__(self, scribe: Scribe) -> None:
        self.scribe = scribe
        self._tables = tables()
        self._grammars = {
            lang: Grammar(lang, self._tables[lang], scribe.rng) for lang in ("fr", "en")
        }
        self.outlets: dict[str, tuple[dict[str, Any], Account]] = {}
        for outlet in scribe.trade["outlet"]:
            account = scribe.registry.open(
                PRESS, outlet["id"], outlet["name"], "", outlet["lang"], kind="media", followers=0
            )
            self.outlets[outlet["id"]] = (outlet, account)

    def article(self, outlet: str, section: str, day: int, minute: float, **more: Any) -> Post:
        """One article, unlike those before."""
        about, account = self.outlets[outlet]
        rng, lang = self.scribe.rng, about["lang"]
        line = self._grammars[lang].sentence
        given = {"ville_p": about["town"]}
        for _ in range(ATTEMPTS):
            title = line(f"{section}.title", given)
            paragraphs = [f"{line(f'{section}.lead', given)} {line(f'{section}.body', given)}"]
            for _ in range(rng.randrange(2, 4)):
                paragraphs.append(
                    " ".join(line(f"{section}.body", given) for _ in range(rng.randrange(2, 4)))
                )
            paragraphs.append(line(f"{section}.end", given))
            text = "\n\n".join(paragraphs)
            if self.scribe.fresh(text):
                break
        return self.print(account, day, minute, title, text, **more)

    def print(
        self, account: Account, day: int, minute: float, title: str, text: str, **more: Any
    ) -> Post:
        """Puts an article in the paper."""
        return self.scribe.add(account, day, minute, text, title=title, **more)

    def routine(self) -> None:
        """Nine weeks of ordinary news, of the region and of the village that is a homonym."""
        rng = self.scribe.rng
        for id, (about, _) in self.outlets.items():
            for week in range(DAYS // 7):
                for number in range(about["weekly"]):
                    day = week * 7 + (number * 7) // about["weekly"] + rng.randrange(2)
                    if day >= DAYS:
                        continue
                    village = id == HOMONYM
                    self.article(
                        id, "village" if village else "local", day, rng.uniform(360, 1080),
                        plan="homonym" if village else None,
                        subject="village" if village else "news",
                    )  # fmt: skip

    def bus(self) -> None:
        """Local papers take up the bike buses, first on the Thursday of week 46."""
        for outlet, day, minute in (
            ("gazette-bellecombe", 52, 405), ("rue-ecole", 54, 540), ("courrier-montclar", 57, 420),
            ("ligne-verte", 58, 500), ("wexcombe-herald", 58, 465), ("cargo-weekly", 60, 600),
            ("matin-saint-avril", 60, 380),
        ):  # fmt: skip
            self.article(outlet, "bus", day, minute, plan="trend-bike-bus", subject="school")

    def roof(self) -> None:
        """One magazine writes about the sewing pattern."""
        self.article("roue-libre", "roof", 60, 700, plan="trend-rain-roof", subject="rain")

    def dispatch(self) -> list[Post]:
        """One article on the cracked frames, and eleven copies with small edits; first the
        original."""
        rng = self.scribe.rng
        line = self._grammars["fr"].sentence
        paragraphs: list[str] = self._tables["fr"]["dispatch"]["text"]
        order = ["conso-claire"] + [
            id
            for id, (about, _) in self.outlets.items()
            if about["lang"] == "fr" and id != "conso-claire"
        ]
        printed = []
        minute = 390.0
        for number, id in enumerate(order):
            told = list(paragraphs)
            if number:
                minute += rng.uniform(14, 55)
                if number % 3 == 1:
                    told.pop()
                if number % 4 == 2:
                    told[0] = told[0].replace(
                        "Une trentaine de familles signalent", "Des familles signalent"
                    )
                told.append(line("dispatch.local"))
            printed.append(
                self.print(
                    self.outlets[id][1],
                    DISPATCH_DAY,
                    minute,
                    line("dispatch.title"),
                    "\n\n".join(told),
                    brands=("quincabelle",),
                    subject="news",
                    mood="neg",
                    plan="crisis-story",
                )
            )
        return printed


def slug(text: str) -> str:
    """A title as a part of an address."""
    words = "".join(char if char.isalnum() else " " for char in fold(text)).split()
    return "-".join(words[:9])
