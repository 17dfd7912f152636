"""The people of the simulated world: who they are, where they write, when, and in what manner."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from vigie.demo.grammar import fold

MASTODON, BLUESKY, HACKERNEWS, PRESS = "mastodon", "bluesky", "hackernews", "press"
INSTANCE, ABROAD = "pignon.example", "spokes.example"  # Mastodon servers; the first is served
SKY = "ciel.example"
PEOPLE, HACKERS = 1020, 64

# Minutes of the day around which people write, with weights.
HOURS = {
    "early": ((420, 55, 4), (490, 30, 4), (1010, 60, 2)),
    "commuter": ((505, 35, 3), (1085, 45, 3), (1260, 50, 1)),
    "office": ((625, 60, 2), (765, 40, 4), (905, 60, 2)),
    "parent": ((520, 25, 2), (1000, 30, 3), (1275, 45, 4)),
    "night": ((1305, 60, 4), (1380, 40, 3), (30, 30, 1)),
}
EMOJI = {
    "pos": ["😊", "✨", "🔥", "💪", "❤️", "🥰", "😂", "👏", "🎉", "😍", "👍", "🌞"],
    "neg": ["😡", "😭", "😤", "🙄", "😩", "😞", "🤬", "👎", "💔"],
    "neu": ["🚲", "🍂", "☔", "🌱", "👀", "📦", "🔧", "📍", "🙃", "☕"],
    "ask": ["🤔", "🙏", "❓", "👀", "🙋"],
}
SHORT = {
    "fr": {"beaucoup": "bcp", "quelqu'un": "qqn", "parce que": "pcq", "toujours": "tjs",
           "vraiment": "vrmt", "rendez-vous": "rdv", "aujourd'hui": "ajd", "minutes": "min",
           "pour": "pr", "vous": "vs"},
    "en": {"you": "u", "with": "w/", "about": "abt", "because": "bc", "minutes": "min",
           "please": "pls", "and": "&", "really": "rly", "tomorrow": "tmrw"},
}  # fmt: skip


@dataclass(slots=True)
class Manner:
    """How somebody writes."""

    lower: bool = False
    plain: bool = False  # without accents
    short: bool = False  # with the abbreviations of text messages
    typos: float = 0.0  # a slip per so many words
    emoji: dict[str, list[str]] = field(default_factory=dict)  # by mood
    emoji_rate: float = 0.0
    bangs: int = 1
    dots: bool = False
    tails: float = 1.0  # how many further sentences, on average
    opens: float = 0.15
    closes: float = 0.3
    tags: str = "end"  # end, inside, line
    more_tags: float = 0.3

    def write(self, text: str, lang: str, mood: str, rng: random.Random) -> str:
        """The text as this person would type it."""
        if self.bangs > 1 and "!" in text:
            text = text.replace("!", "!" * self.bangs)
        if self.dots and text.endswith("."):
            text = text[:-1] + "…"
        if self.short:
            words = SHORT[lang]
            text = " ".join(words.get(word, word) for word in text.split(" "))
        if self.typos:
            text = _slip(text, self.typos, rng)
        if self.plain:
            text = fold(text) if self.lower else "".join(map(_without_accent, text))
        elif self.lower:
            text = text.lower()
        if self.emoji and rng.random() < self.emoji_rate:
            liked = self.emoji.get(mood) or self.emoji["neu"]
            text = f"{text} {rng.choice(liked) * (2 if rng.random() < 0.15 else 1)}"
        return text


def _without_accent(char: str) -> str:
    if char.isascii():
        return char
    plain = fold(char)
    return plain.upper() if char.isupper() else plain or char


def _slip(text: str, rate: float, rng: random.Random) -> str:
    words = text.split(" ")
    for at, word in enumerate(words):
        if len(word) > 4 and word.isalpha() and rng.random() < rate:
            cut = rng.randrange(1, len(word) - 2)
            if rng.random() < 0.5:
                words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
            else:
                words[at] = word[:cut] + word[cut + 1 :]
    return " ".join(words)


@dataclass(slots=True, eq=False, repr=False)
class Account:
    """One account at one site, with what its platform shows of it."""

    site: str
    handle: str  # without server: the platform's module adds it
    name: str
    native: str  # numeric id, DID or user name
    bio: str
    lang: str
    created: int  # days before the first day of the story
    followers: int  # on the first day
    growth: float  # followers gained per day
    following: int
    written: int  # posts before the first day
    kind: str = "person"  # person, brand, media, spam
    brand: str | None = None
    bot: bool = False
    home: str = INSTANCE
    private: bool = False  # shown to nobody who asks from outside
    posts: list[Any] = field(default_factory=list)  # its posts, by time

    def followers_on(self, day: float) -> int:
        """Followers at a day of the story."""
        return max(0, int(self.followers + self.growth * day))


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with a life: interests, hours, a manner of writing, accounts, people to follow."""

    name: str
    lang: str
    town: str
    manner: Manner
    hours: str
    interests: list[float]  # cumulative weights over the subjects
    zeal: float  # how much they write
    warmth: float  # −1 gloomy … 1 cheerful
    owns: str | None  # brand whose bike they ride
    accounts: dict[str, Account] = field(default_factory=dict)
    follows: list[Person] = field(default_factory=list)
    last: list[Any] = field(default_factory=list)  # recent posts, for those who reply
    second: str | None = None  # a language that they also write

    def minute(self, rng: random.Random) -> float:
        """A minute of the day at which this person writes, to the second."""
        peaks = HOURS[self.hours]
        mean, spread, _ = rng.choices(peaks, [peak[2] for peak in peaks])[0]
        return round((rng.gauss(mean, spread) % 1440) * 60) / 60


def cast() -> dict[str, Any]:
    """The trade: brands, subjects, outlets (`cast.toml`)."""
    return tomllib.loads((files("vigie.demo") / "cast.toml").read_text("utf-8"))


def names() -> dict[str, dict[str, list[str]]]:
    """Lists from which invented people are named (`texts/names.toml`)."""
    return tomllib.loads((files("vigie.demo") / "texts" / "names.toml").read_text("utf-8"))


class Registry:
    """Gives accounts their ids and keeps handles apart."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._taken: set[tuple[str, str]] = set()
        self._serial = 109_300_000_000_000_000
        self.accounts: list[Account] = []

    def open(self, site: str, handle: str, name: str, bio: str, lang: str, **more: Any) -> Account:
        """A new account; the handle gets a number if it is taken."""
        rng = self._rng
        base, number = handle, 1
        while (site, handle) in self._taken:
            number += 1
            handle = f"{base}{number}"
        self._taken.add((site, handle))
        self._serial += rng.randrange(10**10, 10**12)
        native = {
            MASTODON: str(self._serial),
            BLUESKY: "did:plc:" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz234567", k=24)),
        }.get(site, handle)
        followers = more.pop("followers", None)
        if followers is None:
            followers = int(min(rng.lognormvariate(4.9, 1.1), 6000))
        account = Account(
            site=site, handle=handle, name=name, native=native, bio=bio, lang=lang,
            created=rng.randrange(40, 2200), followers=followers,
            growth=more.pop("growth", followers * rng.uniform(-0.0004, 0.0022)),
            following=more.pop("following", int(min(rng.lognormvariate(5.1, 0.8), 4000))),
            written=int(min(rng.lognormvariate(5.5, 1.3), 40_000)), **more,
        )  # fmt: skip
        self.accounts.append(account)
        return account


def populate(rng: random.Random, registry: Registry, subjects: dict[str, Any]) -> list[Person]:
    """The people, with accounts and whom they follow."""
    lists = names()
    shares = [float(subject["share"]) for subject in subjects.values()]
    brands = [("trimouette", 3), ("quincabelle", 5), ("cahotelle", 3), ("portambule", 1),
              ("roulombe", 1)]  # fmt: skip
    people = []
    for number in range(PEOPLE):
        lang = "fr" if rng.random() < 0.6 else "en"
        person = somebody(rng, lang, lists[lang], shares)
        if rng.random() < 0.34:
            person.owns = (
                rng.choices(*zip(*brands, strict=True))[0] if lang == "fr" else "haulberry"
            )
        where = number % 100
        if where < 55:
            _open(rng, registry, person, MASTODON, lists[lang])
        if where >= 43:
            _open(rng, registry, person, BLUESKY, lists[lang])
        people.append(person)
    for person in people:
        alike = [other for other in rng.sample(people, 160) if other.lang == person.lang]
        person.follows = [other for other in alike[: rng.randrange(12, 70)] if other is not person]
    return people


def hackers(rng: random.Random, registry: Registry, shares: list[float]) -> list[Person]:
    """The people who write on Hacker News."""
    lists = names()["en"]
    found = []
    for _ in range(HACKERS):
        person = somebody(rng, "en", lists, shares)
        handle = fold(rng.choice(lists["nick"]).replace("-", "")) + rng.choice(("", "42", "_", "x"))
        person.accounts[HACKERNEWS] = registry.open(HACKERNEWS, handle, handle, "", "en")
        person.manner = Manner(tails=1.6, opens=0.05, closes=0.05)
        found.append(person)
    return found


def somebody(
    rng: random.Random, lang: str, lists: dict[str, list[str]], shares: list[float]
) -> Person:
    """An invented person without accounts; `shares` weigh the subjects."""
    name = f"{rng.choice(lists['first'])} {rng.choice(lists['last'])}"
    weights = [share * rng.lognormvariate(0, 0.9) for share in shares]
    total = 0.0
    interests = [total := total + weight for weight in weights]
    roll = rng.random
    manner = Manner(
        lower=roll() < 0.1,
        plain=lang == "fr" and roll() < 0.07,
        short=roll() < 0.08,
        typos=rng.choice((0, 0, 0, 0.01, 0.03)),
        emoji={mood: rng.sample(known, 3) for mood, known in EMOJI.items()}
        if roll() < 0.55
        else {},
        emoji_rate=rng.uniform(0.15, 0.8),
        bangs=rng.choice((1, 1, 1, 1, 2, 3)),
        dots=roll() < 0.1,
        tails=rng.uniform(0.5, 2.2),
        opens=rng.uniform(0, 0.4),
        closes=rng.uniform(0.1, 0.6),
        tags=rng.choice(("end", "end", "inside", "line")),
        more_tags=rng.uniform(0, 0.6),
    )
    return Person(
        name=name,
        lang=lang,
        town=rng.choice(lists["town"]),
        manner=manner,
        hours=rng.choice(list(HOURS)),
        interests=interests,
        zeal=min(rng.lognormvariate(0, 0.75), 6.0),
        warmth=rng.gauss(0, 0.45),
        owns=None,
        second="en" if lang == "fr" and roll() < 0.06 else None,
    )


def _open(
    rng: random.Random,
    registry: Registry,
    person: Person,
    site: str,
    lists: dict[str, list[str]],
) -> None:
    first, last = person.name.split(" ", 1)
    shapes: Iterator[str] = iter(
        (f"{first}_{last}", f"{first}{last[0]}", rng.choice(lists["nick"]),
         f"{rng.choice(lists['nick'])}_{first}", f"{first}_{person.town}", f"{last}{first[0]}")
    )  # fmt: skip
    shape = list(shapes)[rng.randrange(6)]
    keep = "_" if site == MASTODON else "-"
    handle = "".join(
        char if char.isalnum() and char.isascii() else keep for char in fold(shape)
    ).strip("-_")
    bio = rng.choice(lists["bio"]).format(town=person.town, first=first)
    shown = rng.choice((person.name, first, person.name, f"{first} 🚲", handle.replace(keep, " ")))
    home = ABROAD if site == MASTODON and person.lang == "en" and rng.random() < 0.7 else INSTANCE
    person.accounts[site] = registry.open(site, handle, shown, bio, person.lang, home=home)
