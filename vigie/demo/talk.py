"""Ordinary life: what people write of their days, of the brands, and to each other."""

from __future__ import annotations

import math
import random
import statistics

from vigie.demo.almanac import DAYS
from vigie.demo.people import BLUESKY, HACKERNEWS, MASTODON, Account, Person
from vigie.demo.posts import Post
from vigie.demo.scribe import LIMIT, Scribe

ORDINARY = 2.2  # posts of an average person on ordinary subjects, over the nine weeks
REPLIES = 820
MIX = (38, 20, 28, 14)
WEEKDAYS = (1.0, 1.02, 1.0, 1.0, 0.98, 0.86, 0.88)
DIP_DAY, DIP = 22, 0.45  # a Tuesday on which Bluesky had troubles: this part is missing
# Nobody asks the own brand by chance where an answer would not be seen: at the weekend before now,
# on Mastodon since its outage, and there, where answers to others' posts are not linked to them by
# those who read the brand's account alone, in the last fortnight.
OWN = "trimouette"
LAST_CALM = {BLUESKY: DAYS - 2, MASTODON: 59}
LAST_UNDER_OTHERS = {BLUESKY: DAYS - 2, MASTODON: DAYS - 15}


def poisson(rng: random.Random, mean: float) -> int:
    """A Poisson-distributed count (Knuth's method)."""
    if mean > 40:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def pick_day(rng: random.Random) -> int:
    """A day to write on."""
    day = rng.randrange(DAYS)
    while rng.random() > WEEKDAYS[day % 7]:
        day = rng.randrange(DAYS)
    return day


def hashtags(scribe: Scribe, person: Person, subject: str, lang: str) -> list[str]:
    """Hashtags that somebody puts on a subject: one at least."""
    known: list[str] = scribe.subjects[subject][lang]
    first = scribe.rng.choice(known)
    more = [tag for tag in known if tag != first and scribe.rng.random() < person.manner.more_tags]
    return [first, *more]


def site_of(scribe: Scribe, person: Person) -> Account:
    """The account that somebody writes from this time."""
    return scribe.rng.choice(list(person.accounts.values()))


def live(scribe: Scribe, people: list[Person]) -> None:
    """Nine weeks of ordinary posts."""
    rng = scribe.rng
    subjects = list(scribe.subjects)
    for person in people:
        for _ in range(poisson(rng, ORDINARY * person.zeal)):
            account = site_of(scribe, person)
            day = pick_day(rng)
            lang = person.second if person.second and rng.random() < 0.3 else person.lang
            subject = rng.choices(subjects, cum_weights=person.interests)[0]
            mood = scribe.mood(person.warmth, MIX)
            tags = hashtags(scribe, person, subject, lang)
            limit = LIMIT[account.site] - sum(len(tag) + 2 for tag in tags)
            text = scribe.compose(person, subject, mood, lang, limit=min(limit, 260))
            text, shown = scribe.tagged(person, text, tags, LIMIT[account.site])
            post = scribe.add(
                account, day, person.minute(rng), text, lang=lang, tags=shown, subject=subject,
                mood=mood,
            )  # fmt: skip
            if rng.random() < 0.16:
                post.media = scribe.picture("")
            person.last.append(scribe.reach(post))


def mention(scribe: Scribe, people: list[Person]) -> None:
    """What people say of the brands, at a steady rate."""
    rng = scribe.rng
    by_lang = {lang: [one for one in people if one.lang == lang] for lang in ("fr", "en")}
    for brand in scribe.brands.values():
        owners = [person for person in people if person.owns == brand["id"]]
        english = {"haulberry": 1.0, "portambule": 0.35, "quincabelle": 0.06}.get(brand["id"], 0.02)
        for _ in range(poisson(rng, brand["mentions"] * DAYS / 7)):
            lang = "en" if rng.random() < english else "fr"
            own = [one for one in owners if one.lang == lang]
            person = rng.choice(own if own and rng.random() < 0.4 else by_lang[lang])
            account = site_of(scribe, person)
            say(scribe, person, account, brand["id"], pick_day(rng), lang)


def dip(scribe: Scribe, people: list[Person]) -> None:
    """Takes away what Bluesky did not publish on the day of its troubles: the same part of every
    brand's mentions and of the rest."""
    by_brand: dict[tuple[str, ...], dict[int, list[Post]]] = {}
    for post in scribe.posts:
        if post.site == BLUESKY and post.account.kind == "person" and post.parent is None:
            by_brand.setdefault(post.brands, {}).setdefault(post.day, []).append(post)
    lost: set[Post] = set()
    for days in by_brand.values():
        usual = statistics.median(len(days.get(day, ())) for day in range(8, 37))
        lost.update(days.get(DIP_DAY, [])[round(usual * (1 - DIP)) :])
    scribe.posts = [post for post in scribe.posts if post not in lost]
    for account in {post.account for post in lost}:
        account.posts = [post for post in account.posts if post not in lost]
    for person in people:
        person.last = [post for post in person.last if post not in lost]


def say(scribe: Scribe, person: Person, account: Account, brand: str, day: int, lang: str) -> Post:
    """One mention of a brand."""
    rng = scribe.rng
    mood = scribe.mood(person.warmth, scribe.brands[brand]["moods"])
    if brand == OWN and day >= LAST_UNDER_OTHERS[account.site]:
        mood = "pos"
    name = scribe.name_brand(brand, person, account.site)
    tag = {"fr": "vélocargo", "en": "cargobike"}[lang]
    text = scribe.compose(person, "brand", mood, lang, {"brand": name}, limit=240)
    text, shown = scribe.tagged(person, text, [tag], LIMIT[account.site])
    if name.startswith("#"):
        shown = (name[1:], *shown)
    post = scribe.add(
        account, day, person.minute(rng), text, lang=lang, tags=shown, subject="brand", mood=mood,
        brands=(brand,),
    )  # fmt: skip
    if rng.random() < 0.2:
        post.media = scribe.picture("")
    person.last.append(scribe.reach(post, 1.2))
    return post


def converse(scribe: Scribe, people: list[Person]) -> None:
    """Replies to people whom one follows."""
    rng = scribe.rng
    written = 0
    for _ in range(REPLIES * 6):
        if written == REPLIES:
            return
        person = rng.choice(people)
        if not person.follows:
            continue
        other = rng.choice(person.follows)
        if not other.last:
            continue
        parent: Post = rng.choice(other.last)
        account = person.accounts.get(parent.site)
        minute = (parent.set_at - scribe.almanac.at(parent.day, 0)[1]) / 60_000
        minute += rng.lognormvariate(4.2, 1.1)
        if account is None or parent.day + minute // 1440 >= DAYS or parent.plan:
            continue
        mood = scribe.mood(person.warmth, (40, 12, 28, 20))
        text = scribe.compose(person, "reply", mood, parent.lang, tails=0.8, limit=200)
        shown: tuple[str, ...] = ()
        if parent.tags:
            text, shown = scribe.tagged(person, text, [parent.tags[-1]], LIMIT[parent.site])
        if parent.site == MASTODON:
            text = f"@{parent.account.handle} {text}"
        post = scribe.add(
            account, parent.day, minute, text, lang=parent.lang, tags=shown, parent=parent,
            mood=mood, subject=parent.subject, mentions=(parent.account,),
        )  # fmt: skip
        scribe.reach(post, 0.3)
        written += 1


def tinker(scribe: Scribe, people: list[Person]) -> None:
    """Hacker News: now and then a story on cargo bikes, with its comments."""
    rng = scribe.rng
    titles = scribe.grammars["en"]
    for number in range(34):
        day = (number * (DAYS - 3)) // 34 + rng.randrange(2)
        author = rng.choice(people).accounts[HACKERNEWS]
        title = titles.sentence("hn.title")
        minute = rng.uniform(600, 1200)
        slug = "-".join(title.lower().split()[:5])
        story = scribe.add(
            author, day, minute, "", title=title, subject="ride",
            link=(f"https://workshop-notes.example/{number}-{slug}", ""),
        )  # fmt: skip
        story.likes, story.tau = int(rng.lognormvariate(3, 1)) + 2, 9.0
        said = [story]
        for _ in range(rng.randrange(3, 14)):
            person = rng.choice(people)
            mood = scribe.mood(person.warmth, (25, 25, 40, 10))
            section = rng.choice(("repair", "ride", "price", "gear", "rain", "hn_talk"))
            if section == "hn_talk":
                section, mood = "hn", "talk"
            text = scribe.compose(person, section, mood, "en", tails=1.8, limit=900)
            if "cargo bike" not in text:
                text = f"{text} {titles.sentence('hn.cargo')}"
            minute += rng.lognormvariate(2.5, 0.8)
            said.append(
                scribe.add(
                    person.accounts[HACKERNEWS],
                    day,
                    minute,
                    text,
                    parent=rng.choice(said[-3:]),
                    mood=mood if mood != "talk" else "neu",
                    subject=section,
                )
            )
