"""What a tool must not fall for: spam, recurring talk, a homonym, posts that authors delete."""

from __future__ import annotations

from vigie.demo.almanac import CLOCK_CHANGE, DAYS
from vigie.demo.grammar import Grammar
from vigie.demo.people import BLUESKY, MASTODON, Account, Person
from vigie.demo.posts import Post
from vigie.demo.press import tables
from vigie.demo.scribe import LIMIT, Scribe
from vigie.demo.stars import Stars
from vigie.demo.talk import hashtags

SPAM_DAY, SPAM_POSTS = 40, 148
# Black Friday by week of the story: it is announced every year in the same way.
FRIDAY = {6: 12, 7: 38, 8: 96}
CLOCK = {CLOCK_CHANGE - 2: 6, CLOCK_CHANGE - 1: 22, CLOCK_CHANGE: 41, CLOCK_CHANGE + 1: 16}
VILLAGE_POSTS = 64
DELETED = 0.012  # of ordinary posts, those that their authors take down within some days
DELETED_BRANDS = 0.06  # of those that name a brand: second thoughts are more frequent


def spam(scribe: Scribe, stars: Stars) -> None:
    """Four accounts that shout the same offer all day."""
    rng = scribe.rng
    for number in range(SPAM_POSTS):
        account = stars.spammers[number % len(stars.spammers)]
        text = scribe.grammars["fr"].sentence("story.spam", {"n": str(1000 + number * 7)})
        tags = ("vélocargo", "PromoCargo")
        text = f"{text} " + " ".join(f"#{tag}" for tag in tags)
        scribe.add(
            account, SPAM_DAY, rng.uniform(400, 1320), text, tags=tags, mood="pos",
            subject="spam", plan="spam-burst",
        )  # fmt: skip


def recurring(scribe: Scribe, people: list[Person]) -> None:
    """Talk of Black Friday and of the clock change."""
    rng = scribe.rng
    for week, many in FRIDAY.items():
        for _ in range(many):
            day = week * 7 + rng.choices(range(7), (1, 1, 1, 1, 1.3, 1.2, 1.2))[0]
            _say(scribe, rng.choice(people), "friday", day, "recurring-black-friday", "gear")
    for day, many in CLOCK.items():
        for _ in range(many):
            _say(scribe, rng.choice(people), "clock", day, "clock-change", "work")


def _say(scribe: Scribe, person: Person, section: str, day: int, plan: str, subject: str) -> None:
    rng = scribe.rng
    account = rng.choice(list(person.accounts.values()))
    mood = rng.choices(("pos", "neg", "neu", "ask"), (22, 22, 40, 16))[0]
    text = scribe.compose(person, section, mood, person.lang, tails=1.0, limit=230)
    tags = hashtags(scribe, person, subject, person.lang)[:1]
    if section == "friday" and rng.random() < 0.6:
        tags.append("BlackFriday")
    text, shown = scribe.tagged(person, text, tags, LIMIT[account.site])
    post = scribe.add(
        account, day, person.minute(rng), text, lang=person.lang, tags=shown, mood=mood,
        subject=subject, plan=plan,
    )  # fmt: skip
    scribe.reach(post)


def village(scribe: Scribe, people: list[Person]) -> None:
    """People who write about the village whose name a brand shares."""
    rng = scribe.rng
    grammar = Grammar("fr", {"posts": tables()["posts"]}, rng)
    locals_ = rng.sample([one for one in people if one.lang == "fr"], 24)
    for _ in range(VILLAGE_POSTS):
        person = rng.choice(locals_)
        account: Account = rng.choice(list(person.accounts.values()))
        name = "#Roulombe" if account.site == MASTODON else "Roulombe"

        def write() -> str:
            said = grammar.sentence("posts.village")
            return f"{said}. {grammar.sentence('posts.village_tail')}"

        text = scribe.unlike(write).replace("Roulombe", name, 1)
        tags = ("Roulombe",) if account.site == MASTODON else ()
        post = scribe.add(
            account, rng.randrange(DAYS), person.minute(rng), text, lang="fr", tags=tags,
            subject="village", plan="homonym", mood="neu",
        )  # fmt: skip
        scribe.reach(post, 0.7)


def regrets(scribe: Scribe) -> list[Post]:
    """Some authors delete what they wrote."""
    rng = scribe.rng
    gone = []
    for post in scribe.posts:
        if (
            post.plan is None
            and post.site in (MASTODON, BLUESKY)
            and post.account.kind == "person"
            and not post.replies
            and rng.random() < (DELETED_BRANDS if post.brands else DELETED)
        ):
            post.deleted = post.at + int(rng.uniform(3, 140) * 3_600_000)
            gone.append(post)
    return gone


def pointers(scribe: Scribe, stars: Stars) -> None:
    """A local paper's account that points at its articles: media, not a person."""
    rng = scribe.rng
    paper = stars.paper
    for post in [one for one in scribe.posts if one.account.handle == paper.handle]:
        if post.site == BLUESKY or rng.random() < 0.2:
            continue
        tag = "écoleàvélo" if post.subject == "school" else "vélocargo"
        minute = (post.set_at - scribe.almanac.at(post.day, 0)[1]) / 60_000 + rng.uniform(3, 40)
        told = scribe.add(
            paper, post.day, minute, f"{post.title} #{tag}", tags=(tag,), subject=post.subject,
            link=(f"https://{paper.handle}.example/", post.title or ""),
            plan="trend-bike-bus" if post.plan == "trend-bike-bus" else "influencer-media",
        )  # fmt: skip
        told.likes, told.shares = rng.randrange(30, 120), rng.randrange(4, 30)
