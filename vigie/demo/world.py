"""The simulated world: the same seed and `now` give the same people, posts and planted stories."""

from __future__ import annotations

import hashlib
import random
from datetime import datetime

from vigie.demo import decoys, owned, press, stars, stories, talk
from vigie.demo.almanac import Almanac
from vigie.demo.networks import Networks
from vigie.demo.people import (
    ABROAD,
    BLUESKY,
    HACKERNEWS,
    INSTANCE,
    MASTODON,
    PRESS,
    SKY,
    Account,
    Person,
    cast,
    hackers,
    populate,
)
from vigie.demo.posts import Post
from vigie.demo.scribe import Scribe

SEED = 7
HN_FIRST = 45_910_000
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


class World:
    """Everything that happened, by site and time; what of it can be seen when is the servers' part.

    `named` holds the planted posts that the truth names one by one."""

    def __init__(self, now: datetime, seed: int = SEED) -> None:
        self.almanac = Almanac(now)
        self.seed = seed
        self.trade = cast()
        scribe = Scribe(seed, self.almanac, self.trade)
        self._scribe = scribe
        subjects = self.trade["subject"]
        self.people = populate(scribe.rng, scribe.registry, subjects)
        shares = [float(subject["share"]) for subject in subjects.values()]
        self.hackers = hackers(scribe.rng, scribe.registry, shares)
        self.stars = stars.cast_stars(scribe)
        self.brand_accounts = owned.open_accounts(scribe)
        self.newsroom = press.Newsroom(scribe)
        self.named: dict[str, list[Post]] = {}
        self._tell()
        self.accounts = scribe.registry.accounts
        self.posts = sorted(
            scribe.posts, key=lambda post: (post.set_at, post.site, post.account.handle)
        )
        self._name_posts(scribe.rng)
        self.networks = Networks(seed, self.almanac, scribe)
        self.accounts = [*self.accounts, *self.networks.accounts]
        self.posts = sorted(
            [*self.posts, *self.networks.posts],
            key=lambda post: (post.set_at, post.site, post.account.handle),
        )
        self.outage = self.almanac.at(stories.OUTAGE_DAY, stories.OUTAGE_MINUTE)[0]

    def _tell(self) -> None:
        scribe, people = self._scribe, self.people
        self.owned = owned.publish(scribe, self.brand_accounts, people)
        talk.live(scribe, people)
        talk.mention(scribe, people)
        talk.dip(scribe, people)
        talk.tinker(scribe, self.hackers)
        stars.shine(scribe, self.stars, people)
        teller = stories.Storyteller(scribe, people, self.stars)
        teller.bus()
        teller.roof(self.hackers)
        self.named |= teller.crisis(self.brand_accounts, self.owned)
        self.newsroom.routine()
        self.newsroom.bus()
        self.newsroom.roof()
        self.named["dispatch"] = self.newsroom.dispatch()
        decoys.spam(scribe, self.stars)
        decoys.recurring(scribe, people)
        decoys.village(scribe, people)
        decoys.pointers(scribe, self.stars)
        talk.converse(scribe, people)
        owned.answer_questions(scribe, self.brand_accounts)
        self.named["questions"] = teller.questions(self.owned)
        self.named["regrets"] = decoys.regrets(scribe)

    def _name_posts(self, rng: random.Random) -> None:
        """Gives every post its platform's ids, in the order of time."""
        serial = HN_FIRST
        taken: set[str] = set()
        for post in self.posts:
            post.replies.sort(key=lambda reply: (reply.set_at, reply.account.handle))
            account = post.account
            if post.site == MASTODON:
                # as Mastodon: milliseconds, then 16 bits of its own
                post.native = str((post.set_at << 16) + rng.randrange(65536))
                post.uri = f"https://{account.home}/users/{account.handle}/statuses/{post.native}"
            elif post.site == BLUESKY:
                post.native = tid(post.set_at * 1000 + rng.randrange(1000), rng.randrange(1024))
                post.uri = f"at://{account.native}/app.bsky.feed.post/{post.native}"
            elif post.site == HACKERNEWS:
                serial += rng.randrange(3, 900)
                post.native = post.uri = str(serial)
            else:
                number = hashlib.sha256(f"{account.handle}{post.title}{post.text}".encode())
                post.native = f"{press.slug(post.title or '')}-{number.hexdigest()[:8]}"
                post.uri = f"https://{account.handle}.example/a/{post.native}"
            assert post.uri not in taken, post.uri
            taken.add(post.uri)
        for account in self.accounts:
            account.posts.sort(key=lambda post: post.set_at)

    def of(self, site: str) -> list[Post]:
        """The posts of one site, by time."""
        return [post for post in self.posts if post.site == site]

    def planted(self, plan: str) -> list[Post]:
        """The posts of one planted story."""
        return [post for post in self.posts if post.plan == plan]

    def can_answer(self, site: str, now: int) -> bool:
        """Whether a site answers at a time (ms): Mastodon does not after its outage."""
        return site != MASTODON or now <= self.outage


def tid(micros: int, clock: int) -> str:
    """A timestamp identifier of the AT Protocol: 64 bits in sortable base 32."""
    value = (micros << 10) | clock
    return "".join(_SORTABLE[(value >> shift) & 31] for shift in range(60, -1, -5))


def handle_of(account: Account) -> str:
    """The handle as its platform shows it to the one who asks."""
    if account.site == BLUESKY:
        return f"{account.handle}.{'example' if account.kind == 'brand' else SKY}"
    if account.site == MASTODON and account.home == ABROAD:
        return f"{account.handle}@{ABROAD}"
    return account.handle


__all__ = ["HACKERNEWS", "INSTANCE", "PRESS", "SEED", "Person", "World", "handle_of", "tid"]
