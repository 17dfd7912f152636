"""What the brands publish, what people answer below, and what the brands answer to that."""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

from vigie.demo.almanac import DAYS
from vigie.demo.grammar import Grammar
from vigie.demo.people import BLUESKY, MASTODON, Account, Person
from vigie.demo.posts import Media, Post
from vigie.demo.scribe import Scribe
from vigie.demo.talk import LAST_CALM, OWN, poisson

OVER = 3.1  # times its median: Cahotelle's videos
GIVEAWAY = 8.0
GIVEAWAY_DAY = 57
# Day of the week, minute, kind: three days later the demo crawls (script.py).
PLAN: dict[str, tuple[tuple[int, int, str], ...]] = {
    "trimouette": ((0, 540, "photo"), (0, 720, "photo"), (1, 1050, "story")),
    "quincabelle": ((0, 630, "photo"), (0, 765, "tip"), (1, 1020, "photo"), (1, 1140, "story")),
    "cahotelle": ((0, 600, "photo"), (0, 780, "tip"), (1, 1020, "story"), (1, 1080, "video")),
    "portambule": ((0, 660, "story"), (1, 990, "photo"), (1, 1110, "tip")),
    "haulberry": ((0, 570, "photo"), (0, 750, "story"), (1, 1035, "tip"), (1, 1125, "photo"),
                  (5, 630, "photo")),
    "roulombe": ((0, 840, "photo"), (1, 1170, "story"), (6, 900, "photo")),
}  # fmt: skip


def open_accounts(scribe: Scribe) -> dict[tuple[str, str], Account]:
    """The brands' accounts, by brand and site."""
    accounts = {}
    for brand in scribe.brands.values():
        for site, followers in zip((MASTODON, BLUESKY), brand["followers"], strict=True):
            account = scribe.registry.open(
                site, brand["id"], brand["name"], brand["about"], brand["lang"], kind="brand",
                brand=brand["id"], followers=followers, growth=followers * 0.0011, following=210,
            )  # fmt: skip
            accounts[brand["id"], site] = account
    return accounts


def publish(
    scribe: Scribe, accounts: dict[tuple[str, str], Account], people: list[Person]
) -> dict[tuple[str, str], list[Post]]:
    """Nine weeks of the brands' posts with their comments and answers, by brand and site."""
    posts: dict[tuple[str, str], list[Post]] = {key: [] for key in accounts}
    for brand, plan in PLAN.items():
        for week in range(DAYS // 7):
            for number, (weekday, minute, kind) in enumerate(plan):
                day = week * 7 + weekday
                if brand == "quincabelle" and 53 <= day <= 56:
                    continue  # in its crisis it keeps silent
                if brand == OWN and number == 1 and week % 3 == 0:
                    kind = "tip"  # 70 % of its posts are photographs of products
                giveaway = brand == "haulberry" and day == GIVEAWAY_DAY and minute == 1035
                _everywhere(scribe, accounts, posts, brand, day, minute, kind, week, giveaway)
    for key, written in posts.items():
        _engage(scribe, accounts[key], written)
        _comments(scribe, accounts[key], written, people)
        for post in written:
            post.likes = max(3, post.likes - len(post.replies))
    return posts


def _everywhere(
    scribe: Scribe,
    accounts: dict[tuple[str, str], Account],
    posts: dict[tuple[str, str], list[Post]],
    brand: str,
    day: int,
    minute: int,
    kind: str,
    week: int,
    giveaway: bool,
) -> None:
    rng = scribe.rng
    about = scribe.brands[brand]
    lang = about["lang"]
    if brand == "portambule" and rng.random() < 0.4:
        lang = "en"
    grammar = scribe.grammars[lang]
    given = {"model": rng.choice(about["models"]), "n": str(week + 1), "brand": about["name"]}
    symbol = "story.giveaway" if giveaway else f"owned.{kind}"
    tag = {"fr": "vélocargo", "en": "cargobike"}[lang]
    for site in (MASTODON, BLUESKY):
        media = None
        if kind == "photo" or giveaway:
            media = Media("image", given["model"], 1600, 1200)
        elif kind == "video":
            media = Media("video", "", 1080, 1920, round(rng.uniform(30, 45), 1))
        text = scribe.unlike(partial(grammar.sentence, symbol, given))
        post = scribe.add(
            accounts[brand, site], day, minute + (0 if site == MASTODON else rng.randrange(1, 4)),
            f"{text} #{tag}", lang=lang, tags=(tag,), brands=(), subject=f"owned.{kind}",
            mood="neu", media=media, tau=rng.uniform(10, 15),
        )  # fmt: skip
        if kind == "video":
            post.plan = "format-morning-run"
        if giveaway:
            post.plan = "giveaway"
        posts[brand, site].append(post)


def _engage(scribe: Scribe, account: Account, written: list[Post]) -> None:
    """Engagement of a brand's posts: the planted ones as factors of the median of all."""
    rng = scribe.rng
    level = account.followers * 0.0065
    plain = [post for post in written if post.plan is None]
    planted = [post for post in written if post.plan is not None]
    totals = {id(post): level * rng.lognormvariate(0, 0.24) for post in plain}
    # All planted posts lie above the median, so that it is an order statistic of the others.
    ranked = sorted(totals.values()) + [float("inf")] * len(planted)
    median = statistics.median(ranked)
    factors = [OVER * (1 + 0.05 * ((number % 5) - 2)) for number in range(len(planted))]
    for post, factor in zip(planted, factors, strict=True):
        totals[id(post)] = median * (GIVEAWAY if post.plan == "giveaway" else factor)
    for post in written:
        total = totals[id(post)]
        post.shares = round(total * (0.3 if post.plan == "giveaway" else rng.uniform(0.08, 0.14)))
        post.quoted = round(total * 0.01)
        post.likes = round(total) - post.shares - post.quoted


def _comments(scribe: Scribe, account: Account, written: list[Post], people: list[Person]) -> None:
    rng = scribe.rng
    assert account.brand is not None
    about: dict[str, Any] = scribe.brands[account.brand]
    readers = [
        person
        for person in people
        if account.site in person.accounts
        and (person.lang == account.lang or person.owns == account.brand)
    ]
    for post in written:
        count = poisson(rng, 1.2 + account.followers / 14_000 * (3 if post.plan else 1))
        for _ in range(count):
            person = rng.choice(readers)
            delay = rng.lognormvariate(5.0, 1.2)
            if post.day + (delay + 600) / 1440 >= DAYS - 1:
                continue
            mood = scribe.mood(person.warmth, about["moods"])
            if account.brand == OWN and _day_after(scribe, post, delay) >= LAST_CALM[account.site]:
                mood = "pos"
            comment(scribe, person, account, post, mood, delay, about)


def minute_of(scribe: Scribe, post: Post) -> float:
    """The minute of the day of a post."""
    return (post.set_at - scribe.almanac.at(post.day, 0)[1]) / 60_000


def _day_after(scribe: Scribe, post: Post, delay: float) -> int:
    return post.day + int((minute_of(scribe, post) + delay + 600) // 1440)


def comment(
    scribe: Scribe,
    person: Person,
    account: Account,
    post: Post,
    mood: str,
    delay: float,
    about: dict[str, Any],
) -> Post:
    """Somebody's comment under a brand's post, and perhaps the brand's answer."""
    rng = scribe.rng
    text = scribe.compose(
        person, "comment", mood, post.lang, tails=0.5, limit=200, tail_section="brand"
    )
    if account.site == MASTODON:
        text = f"@{account.handle} {text}"
    reply = scribe.add(
        person.accounts[account.site], post.day, minute_of(scribe, post) + delay, text,
        lang=post.lang, parent=post, mood=mood, subject="comment", mentions=(account,),
    )  # fmt: skip
    scribe.reach(reply, 0.4)
    asks = mood == "ask" or "?" in text
    wants = about["answers"] * (1.0 if asks else 0.5 if mood == "neg" else 0.25)
    if account.brand == OWN and (asks or mood == "neg"):
        wants = 1.0
    if rng.random() < wants:
        answer(scribe, account, reply, min(600.0, max(12.0, rng.lognormvariate(4.4, 0.7))))
    return reply


def answer(scribe: Scribe, account: Account, to: Post, delay: float, text: str = "") -> Post:
    """The brand's public answer to somebody, in office hours."""
    grammar = scribe.grammars[to.lang]
    first = to.account.name.split(" ")[0]
    minute = minute_of(scribe, to) + delay
    hour = minute % 1440
    if hour < 510:
        minute += 510 - hour + scribe.rng.randrange(0, 50)
    elif hour > 1200:
        minute += 1440 - hour + 510 + scribe.rng.randrange(0, 50)
    text = text or scribe.unlike(lambda: _polite(scribe, grammar, account, first))
    if account.site == MASTODON:
        text = f"@{to.account.handle} {text}"
    return scribe.add(
        account, to.day, minute, text, lang=to.lang, parent=to, mood="neu",
        subject="owned.answer", mentions=(to.account,), likes=scribe.rng.choice((0, 0, 1, 1, 2)),
    )  # fmt: skip


def _polite(scribe: Scribe, grammar: Grammar, account: Account, owner: str) -> str:
    assert account.brand is not None
    model = scribe.rng.choice(scribe.brands[account.brand]["models"])
    given = {"owner": owner, "model": model}
    hello = grammar.line("owned.hello", given)
    core = grammar.sentence("owned.core", given)
    if hello.endswith(","):
        core = core[:1].lower() + core[1:]
    parts = [hello, core if core.endswith("?") else f"{core}."]
    if scribe.rng.random() < 0.6:
        parts.append(grammar.sentence("owned.bye", given))
    return " ".join(parts)


def answer_questions(scribe: Scribe, accounts: dict[tuple[str, str], Account]) -> None:
    """The own brand answers the questions in which people name it."""
    asked = [
        post
        for post in scribe.posts
        if post.brands == (OWN,) and not post.plan and post.parent is None and "?" in post.text
    ]
    for post in asked:
        if (account := accounts.get((OWN, post.site))) is not None:
            answer(scribe, account, post, max(12.0, scribe.rng.lognormvariate(4.4, 0.6)))
