"""People and accounts that the shortlist should find, or should not fall for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from vigie.demo.almanac import DAYS
from vigie.demo.people import ABROAD, BLUESKY, MASTODON, Account, Manner, Person
from vigie.demo.posts import Media, Post
from vigie.demo.scribe import LIMIT, Scribe

CALM = Manner(tails=1.1, opens=0.1, closes=0.1)


@dataclass(slots=True)
class Stars:
    """The planted candidates, with the accounts by which they are found."""

    expert: Person
    creator: Person
    ambassador: Person
    glossy: Person
    paper: Account
    spammers: list[Account]


def cast_stars(scribe: Scribe) -> Stars:
    """Opens their accounts."""
    start = scribe.registry.open
    shares = [1.0 + number for number in range(len(scribe.subjects))]

    def person(name: str, lang: str, town: str, *accounts: Account, owns: str = "") -> Person:
        return Person(
            name=name, lang=lang, town=town, manner=CALM, hours="parent", interests=shares,
            zeal=0, warmth=0.2, owns=owns or None,
            accounts={account.site: account for account in accounts},
        )  # fmt: skip

    bio = "Mécanicienne vélo cargo à Rennes, vingt ans d'atelier. Fiches, mesures, franc-parler."
    expert = person(
        "Solveig Marchepied", "fr", "Rennes",
        start(MASTODON, "solveig_atelier", "Solveig Marchepied", bio, "fr", followers=4120,
              growth=1.3, following=310),
        start(BLUESKY, "solveig-atelier", "Solveig Marchepied", bio, "fr", followers=1480,
              growth=6.0, following=190),
    )  # fmt: skip
    creator = person(
        "Tilly Crossbar", "en", "Bristol",
        start(MASTODON, "tilly_hauls", "Tilly Crossbar",
              "I film what fits on a bike. New video every week. Bristol.", "en",
              followers=35_900, growth=33.0, following=640, home=ABROAD),
    )  # fmt: skip
    ambassador = person(
        "Capucine Desloges", "fr", "Angers",
        start(MASTODON, "capucine_roule", "Capucine", "Angers. Sage-femme, deux filles, un vélo.",
              "fr", followers=870, growth=0.5, following=420),
        owns="trimouette",
    )  # fmt: skip
    glossy = person(
        "Maëva Solstice", "fr", "Lyon",
        start(BLUESKY, "maeva-solstice", "Maëva Solstice ✨",
              "Lifestyle, famille, jolies choses. Contact pro : lien en bio.", "fr",
              followers=181_000, growth=16.0, following=380),
    )  # fmt: skip
    paper = start(
        BLUESKY, "gazette-bellecombe", "La Gazette de Bellecombe",
        "Le quotidien de Bellecombe-sur-Orne et du canton.", "fr", kind="media",
        followers=12_300, growth=4.0, following=150,
    )  # fmt: skip
    spammers = [
        start(
            site, f"deals-velo-{number}", "Bons plans vélo",
            "Les meilleures offres, livraison rapide.", "fr", kind="spam", followers=40 + number,
            growth=0.0, following=1900,
        )
        for number, site in enumerate((BLUESKY, BLUESKY, MASTODON, BLUESKY))
    ]  # fmt: skip
    return Stars(expert, creator, ambassador, glossy, paper, spammers)


def shine(scribe: Scribe, stars: Stars, people: list[Person]) -> None:
    """What the candidates write over the nine weeks."""
    _expert(scribe, stars.expert, people)
    _creator(scribe, stars.creator, people)
    _ambassador(scribe, stars.ambassador)
    _glossy(scribe, stars.glossy, people)


def _expert(scribe: Scribe, person: Person, people: list[Person]) -> None:
    rng = scribe.rng
    fans = [one for one in people if MASTODON in one.accounts and one.lang == "fr"]
    for number, day in enumerate(range(1, DAYS - 4, 1)):
        if number % 6 == 5:
            continue
        account = person.accounts[MASTODON if rng.random() < 0.7 else BLUESKY]
        mood = rng.choices(("neu", "neg", "pos", "ask"), (60, 15, 15, 10))[0]
        text = scribe.compose(
            person, "expert", mood, "fr", {"n": str(number + 3)}, tails=1.4, limit=240
        )
        tags = ["ateliervélo", "vélocargo"][: 1 + (number % 2)]
        text, shown = scribe.tagged(person, text, tags, LIMIT[account.site])
        post = scribe.add(
            account, day, rng.uniform(1100, 1240), text, tags=shown, mood=mood, subject="repair",
            plan="influencer-expert",
        )  # fmt: skip
        scribe.reach(post, 1.6)
        post.likes = max(post.likes, 24 + rng.randrange(40))
        post.shares = max(post.shares, post.likes // 5)
        if account.site == MASTODON:
            _answers(scribe, post, fans, 2, "reply")


def _creator(scribe: Scribe, person: Person, people: list[Person]) -> None:
    rng = scribe.rng
    account = person.accounts[MASTODON]
    fans = [one for one in people if MASTODON in one.accounts and one.lang == "en"]
    days = [day for day in range(DAYS - 1) if day % 7 in (0, 1, 2, 3, 4, 6)][:50]
    for number, day in enumerate(days):
        paid = number in (8, 25, 41)  # 3 of 50: 6 %
        mood = "paid" if paid else rng.choices(("pos", "neu", "ask"), (40, 40, 20))[0]
        text = scribe.compose(person, "creator", mood, "en", tails=1.0, limit=220)
        text, shown = scribe.tagged(person, text, ["cargobike"], LIMIT[MASTODON])
        if paid:
            shown = ("ad", *shown)
        post = scribe.add(
            account, day, rng.uniform(990, 1080), text, tags=shown, mood="neu", subject="ride",
            plan="influencer-creator", media=Media("video", "", 1080, 1920, 58.0),
        )  # fmt: skip
        post.likes, post.shares = rng.randrange(620, 1500), rng.randrange(60, 190)
        post.quoted = rng.randrange(5, 22)
        _answers(scribe, post, fans, 3, "reply")


def _ambassador(scribe: Scribe, person: Person) -> None:
    rng = scribe.rng
    account = person.accounts[MASTODON]
    for number in range(14):
        day = 2 + number * 4 + rng.randrange(3)
        text = scribe.compose(
            person, "ambassador", "pos", "fr", {"brand": "Trimouette"}, tails=0.9, limit=220
        )
        text, shown = scribe.tagged(person, text, ["vélocargo"], LIMIT[MASTODON])
        post = scribe.add(
            account, day, rng.uniform(1000, 1290), text, tags=shown, mood="pos", subject="brand",
            brands=("trimouette",), plan="influencer-ambassador",
        )  # fmt: skip
        post.likes, post.shares = rng.randrange(16, 48), rng.randrange(1, 6)
    for day in range(4, DAYS - 1, 5):
        text = scribe.compose(person, "family", "pos", "fr", tails=1.0, limit=220)
        text, shown = scribe.tagged(person, text, ["VieDeFamille"], LIMIT[MASTODON])
        post = scribe.add(account, day, rng.uniform(1000, 1290), text, tags=shown, mood="pos")
        scribe.reach(post)


def _glossy(scribe: Scribe, person: Person, people: list[Person]) -> None:
    rng = scribe.rng
    account = person.accounts[BLUESKY]
    fans = [one for one in people if BLUESKY in one.accounts and one.lang == "fr"][:90]
    sentence = scribe.grammars["fr"].sentence
    for number in range(40):
        day = 1 + (number * (DAYS - 3)) // 40
        paid = number % 20 in (1, 3, 5, 8, 10, 12, 14, 17, 19)  # 18 of 40: 45 %
        symbol = "story.sponsored" if paid else "story.glossy"
        text = scribe.unlike(partial(sentence, symbol))
        tags = ("vélocargo", "VieDeFamille")[number % 2 :][:1]
        post = scribe.add(
            account, day, rng.uniform(1080, 1140), f"{text} ✨ #{tags[0]}", tags=tags, mood="neu",
            subject="gear", plan="influencer-glossy", media=scribe.picture("", wide=False),
        )  # fmt: skip
        post.likes, post.shares = rng.randrange(420, 900), rng.randrange(4, 18)
        for place in range(5):
            # 62 % generic, and they carry the hashtag as such comments do
            fan = rng.choice(fans)
            if (number * 5 + place) % 50 < 31:
                told, mood = sentence("story.generic"), "pos"
            else:
                mood = rng.choice(("neu", "ask"))
                told = scribe.compose(fan, "reply", mood, "fr", tails=0.6, limit=180)
            reply = scribe.add(
                fan.accounts[BLUESKY], day, 1140 + rng.uniform(5, 500), f"{told} #{tags[0]}",
                lang="fr", tags=tags, parent=post, mood=mood, plan="generic-comments",
            )  # fmt: skip
            reply.likes = rng.randrange(3)


def _answers(scribe: Scribe, post: Post, fans: list[Person], many: int, section: str) -> None:
    rng = scribe.rng
    for _ in range(rng.randrange(many + 1)):
        fan = rng.choice(fans)
        mood = rng.choices(("pos", "neu", "ask"), (40, 30, 30))[0]
        text = scribe.compose(fan, section, mood, post.lang, tails=0.8, limit=190)
        text, shown = scribe.tagged(fan, text, post.tags[-1:], LIMIT[post.site])
        minute = (post.set_at - scribe.almanac.at(post.day, 0)[1]) / 60_000
        reply = scribe.add(
            fan.accounts[post.site], post.day, minute + rng.lognormvariate(4, 1), text,
            lang=post.lang, tags=shown, parent=post, mood=mood, mentions=(post.account,),
        )  # fmt: skip
        scribe.reach(reply, 0.3)
