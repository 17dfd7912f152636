"""The brands on the other networks: what they publish there, and what people say below it.

All planted stories are told on Mastodon, Bluesky, Hacker News and in the press; here is ordinary
life only, calm and steady, from a scribe with chance of its own: the stories stay as they are.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from vigie.demo import sites
from vigie.demo.almanac import DAYS, Almanac
from vigie.demo.owned import answer, minute_of
from vigie.demo.people import Account, Person, names, somebody
from vigie.demo.posts import Media, Post
from vigie.demo.scribe import Scribe
from vigie.demo.talk import MIX, OWN, hashtags, pick_day, poisson

CROWD = 24  # people who write on a network
READ_UNTIL = DAYS - 5  # later questions could not be answered before now
SILENT = ("quincabelle", range(53, 57))  # in its crisis it keeps silent


@dataclass(frozen=True, slots=True)
class Network:
    """How the brands use a network: posts of a week, as weekday, minute and kind; its audience as
    a part of that on Mastodon; comments below a post, on average; what a view is worth."""

    plan: tuple[tuple[int, int, str], ...]
    audience: float
    comments: float
    views: float = 0.0  # for one interaction
    own_only: bool = False


NETWORKS = {
    "x": Network(((0, 555, "photo"), (3, 990, "photo")), 1.3, 0.3, 38.0),
    "youtube": Network(((1, 1020, "video"),), 0.9, 0.9, 60.0),
    "instagram": Network(((0, 690, "photo"), (3, 1080, "photo")), 2.1, 0.4),
    "facebook": Network(((0, 615, "photo"), (1, 1005, "photo")), 2.6, 0.5),
    "threads": Network(((1, 750, "photo"),), 0.5, 0.0),
    "tiktok": Network(((1, 1110, "video"), (3, 1110, "video")), 1.2, 0.0, 45.0, own_only=True),
    "linkedin": Network(((1, 525, "photo"),), 0.4, 0.0, 25.0, own_only=True),
    "pinterest": Network(((0, 840, "photo"),), 0.3, 0.0, 30.0, own_only=True),
    "telegram": Network(((3, 600, "story"),), 0.2, 0.0, own_only=True),  # kept for a day only
}
TAGGED = ("x", "instagram")  # where people write hashtags, and the best known come early
TALK = {"x": 16, "reddit": 9, "instagram": 14}  # what people write of the trade there in a week
COMMUNITIES = {"fr": "r/velocargo", "en": "r/cargobikes"}
PROPERTY = "google_analytics"


def number(site: str, handle: str) -> str:
    """The number that a network knows an account by; the watchlist names some of them."""
    told = hashlib.sha256(f"{site}/{handle}".encode()).digest()
    return str(10**9 + int.from_bytes(told[:5]) % 10**11)


class Networks:
    """Accounts and posts of all other networks, with their platforms' ids."""

    def __init__(self, seed: int, almanac: Almanac, before: Scribe) -> None:
        self._scribe = Scribe(seed + 7_001, almanac, before.trade)
        self._scribe.knows(before)
        self.owned: dict[tuple[str, str], Account] = {}
        self._communities = {
            lang: self._open("reddit", name, name, "", lang, followers=8_400)
            for lang, name in COMMUNITIES.items()
        }
        self._crowds = {name: self._crowd(name) for name in (*NETWORKS, "reddit")}
        for name, network in NETWORKS.items():
            self._publish(name, network)
        for name, weekly in TALK.items():
            self._talk(name, weekly)
        own = self._scribe.brands[OWN]
        self._open(
            PROPERTY, OWN, own["name"], "", own["lang"], kind="brand", brand=OWN, followers=0
        )
        self.accounts = self._scribe.registry.accounts
        self.posts = sorted(self._scribe.posts, key=lambda post: post.set_at)
        self._number()

    # Accounts

    def _open(self, site: str, handle: str, name: str, bio: str, lang: str, **more: Any) -> Account:
        account = self._scribe.registry.open(site, handle, name, bio, lang, **more)
        account.native = number(site, account.handle)
        return account

    def _crowd(self, site: str) -> list[Person]:
        scribe = self._scribe
        shares = [float(subject["share"]) for subject in scribe.subjects.values()]
        people = []
        for number in range(CROWD):
            lang = "en" if number % 3 == 2 else "fr"
            person = somebody(scribe.rng, lang, names()[lang], shares)
            handle = _handle(scribe.rng, person, names()[lang])
            person.accounts[site] = self._open(site, handle, person.name, "", lang)
            people.append(person)
        return people

    def _brand(self, site: str, brand: dict[str, Any], network: Network) -> Account:
        followers = round(brand["followers"][0] * network.audience)
        account = self._open(
            site, brand["id"], brand["name"], brand["about"], brand["lang"], kind="brand",
            brand=brand["id"], followers=followers, growth=followers * 0.0009, following=90,
        )  # fmt: skip
        self.owned[brand["id"], site] = account
        return account

    # What brands publish

    def _publish(self, site: str, network: Network) -> None:
        scribe = self._scribe
        for brand in scribe.brands.values():
            if network.own_only and brand["id"] != OWN:
                continue
            account = self._brand(site, brand, network)
            for week in range(DAYS // 7):
                for weekday, minute, kind in network.plan:
                    day = week * 7 + weekday
                    if brand["id"] == SILENT[0] and day in SILENT[1]:
                        continue
                    post = self._post(site, account, brand, day, minute, kind, week)
                    self._engage(post, account, network)
                    self._comments(site, post, account, brand, network)
                    post.likes = max(3, post.likes - len(post.replies))

    def _post(
        self, site: str, account: Account, brand: dict[str, Any], day: int, minute: int,
        kind: str, week: int,
    ) -> Post:  # fmt: skip
        scribe, rng = self._scribe, self._scribe.rng
        lang: str = brand["lang"]
        given = {"model": rng.choice(brand["models"]), "n": str(week + 1), "brand": brand["name"]}
        text = scribe.unlike(partial(scribe.grammars[lang].sentence, f"owned.{kind}", given))
        tag = {"fr": "vélocargo", "en": "cargobike"}[lang]
        if site == "instagram":
            text = f"{text} #{brand['name']}"
        media = None
        if kind == "photo":
            media = Media("image", given["model"], 1600, 1200)
        elif kind == "video":
            media = Media("video", "", 1080, 1920, round(rng.uniform(25, 90), 1))
        tags = (brand["name"], tag) if site == "instagram" else (tag,)
        title = given["model"] if site in ("youtube", "pinterest") else None
        return scribe.add(
            account, day, minute + rng.randrange(0, 6), f"{text} #{tag}", lang=lang, tags=tags,
            subject=f"owned.{kind}", media=media, title=title, tau=rng.uniform(10, 15),
        )  # fmt: skip

    def _engage(self, post: Post, account: Account, network: Network) -> None:
        rng = self._scribe.rng
        total = account.followers * 0.006 * rng.lognormvariate(0, 0.22)
        post.shares = round(total * rng.uniform(0.06, 0.12))
        post.saves = round(total * 0.03)
        post.likes = round(total) - post.shares
        post.views = round(total * network.views * rng.uniform(0.8, 1.3))

    def _comments(
        self, site: str, post: Post, account: Account, brand: dict[str, Any], network: Network
    ) -> None:
        scribe, rng = self._scribe, self._scribe.rng
        readers = [one for one in self._crowds[site] if one.lang == account.lang]
        for _ in range(poisson(rng, network.comments)):
            delay = rng.lognormvariate(5.0, 1.0)
            if post.day + (delay + 1_440) / 1_440 >= READ_UNTIL:
                continue
            person = rng.choice(readers)
            mood = "pos" if brand["id"] == OWN else scribe.mood(person.warmth, brand["moods"])
            text = scribe.compose(
                person, "comment", mood, post.lang, tails=1.4, limit=240, tail_section="brand"
            )
            comment = scribe.add(
                person.accounts[site], post.day, minute_of(scribe, post) + delay, text,
                lang=post.lang, parent=post, mood=mood, subject="comment", mentions=(account,),
            )  # fmt: skip
            scribe.reach(comment, 0.3)
            asks = "?" in text
            if asks and (brand["id"] == OWN or rng.random() < brand["answers"]):
                answer(scribe, account, comment, min(300.0, max(12.0, rng.lognormvariate(4, 0.6))))

    # What people write

    def _talk(self, site: str, weekly: int) -> None:
        scribe, rng = self._scribe, self._scribe.rng
        brands = list(scribe.brands.values())
        weights = [brand["mentions"] for brand in brands]
        subjects = list(scribe.subjects)
        for number in range(weekly * DAYS // 7):
            person = rng.choice(self._crowds[site])
            # Every subject once in the beginning, so that its hashtags are known to the network.
            first = number < 2 * len(subjects)
            subject = rng.choices(subjects, cum_weights=person.interests)[0]
            if first:
                person = self._somebody(site, ("fr", "en")[number % 2])
                subject = subjects[number // 2]
            given, section, named = None, subject, ""
            if site in TAGGED and not first and rng.random() < 0.4:
                named = rng.choices(brands, weights)[0]["id"]
                given, section = {"brand": scribe.name_brand(named, person, site)}, "brand"
            moods: Sequence[float] = MIX if not named else scribe.brands[named]["moods"]
            mood = "pos" if named == OWN else scribe.mood(person.warmth, moods)
            text = scribe.compose(person, section, mood, person.lang, given, limit=240)
            tags: tuple[str, ...] = ()
            if site in TAGGED:
                known: list[str] = scribe.subjects[subject][person.lang]
                wanted = known if first else hashtags(scribe, person, subject, person.lang)
                text, tags = scribe.tagged(person, text, wanted, 275)
            post = scribe.add(
                person.accounts[site], number % 3 if first else pick_day(rng), person.minute(rng),
                text, lang=person.lang, tags=tags, mood=mood, subject=subject,
                brands=(named,) if named else (),
            )  # fmt: skip
            scribe.reach(post)
            if site == "instagram":
                post.media = scribe.picture("")
            if site == "reddit":
                self._submit(post)

    def _somebody(self, site: str, lang: str) -> Person:
        return self._scribe.rng.choice([one for one in self._crowds[site] if one.lang == lang])

    def _submit(self, post: Post) -> None:
        """The text as a submission to the community of its language, with a title and comments."""
        scribe, rng = self._scribe, self._scribe.rng
        title, _, rest = post.text.partition(". ")
        post.title, post.text = title.rstrip(".")[:280], rest
        post.mentions = (self._communities[post.lang],)
        for _ in range(rng.randrange(0, 4)):
            person = self._somebody("reddit", post.lang)
            mood = scribe.mood(person.warmth, (40, 12, 28, 20))
            text = scribe.compose(person, "reply", mood, post.lang, tails=1.9, limit=340)
            minute = minute_of(scribe, post) + rng.lognormvariate(4.2, 1.0)
            if post.day + minute // 1440 >= DAYS:
                continue
            comment = scribe.add(
                person.accounts["reddit"], post.day, minute, text, lang=post.lang, parent=post,
                mood=mood, subject=post.subject,
            )  # fmt: skip
            scribe.reach(comment, 0.3)

    def _number(self) -> None:
        serials: dict[str, int] = {}
        for post in self.posts:
            post.replies.sort(key=lambda reply: reply.set_at)
            serials[post.site] = serial = serials.get(post.site, 0) + 1
            post.native = post.uri = sites.kind(post.site).native(post.at, serial)
        for account in self.accounts:
            account.posts.sort(key=lambda post: post.set_at)


def _handle(rng: random.Random, person: Person, lists: dict[str, list[str]]) -> str:
    first, last = person.name.split(" ", 1)
    shapes = (f"{first}_{last[0]}", f"{rng.choice(lists['nick'])}_{first}", f"{first}{last}")
    shape = rng.choice(shapes)
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in shape).lower().strip("_")[:15]
