"""The planted stories that rise: two trends and a crisis; and the questions that it brings."""

from __future__ import annotations

from vigie.demo.owned import answer
from vigie.demo.people import BLUESKY, HACKERNEWS, MASTODON, Account, Person
from vigie.demo.posts import Media, Post
from vigie.demo.scribe import LIMIT, Scribe
from vigie.demo.stars import Stars

OUTAGE_DAY, OUTAGE_MINUTE = 59, 840  # Thursday at 14:00: Mastodon stops to answer

# Emerging A by day: French on Mastodon, French on Bluesky, English. Day 43 is a Tuesday.
BUS = {
    43: (2, 0, 0), 44: (3, 0, 0), 45: (3, 0, 0), 46: (5, 0, 0), 47: (2, 0, 0), 48: (2, 0, 0),
    49: (6, 3, 0), 50: (7, 4, 0), 51: (4, 3, 0), 52: (8, 6, 0), 53: (11, 8, 0), 54: (5, 3, 0),
    55: (3, 2, 0),
    56: (12, 16, 5), 57: (14, 18, 8), 58: (13, 18, 10), 59: (8, 22, 12), 60: (6, 34, 21),
    61: (3, 16, 10), 62: (2, 13, 9),
}  # fmt: skip
# Emerging B by day: Hacker News comments, Bluesky in English, Bluesky in French, Mastodon.
ROOF = {58: (7, 2, 0, 2), 59: (4, 4, 1, 1), 60: (2, 5, 1, 0), 61: (1, 4, 1, 0), 62: (1, 3, 1, 0)}
# The crisis by day: posts beyond the usual, and the share of them that is negative.
CRISIS = {
    51: (9, 0.7), 52: (16, 0.68), 53: (105, 0.74), 54: (215, 0.755), 55: (120, 0.72),
    56: (140, 0.68), 57: (125, 0.6), 58: (75, 0.47), 59: (58, 0.43), 60: (52, 0.41),
    61: (46, 0.39), 62: (46, 0.37),
}  # fmt: skip
QUESTIONS = ((62, 120, 31), (62, 860, 18), (62, 1145, 14), (63, 450, 2))  # day, minute, ~hours old


class Storyteller:
    """Writes the planted stories."""

    def __init__(self, scribe: Scribe, people: list[Person], stars: Stars) -> None:
        self.scribe = scribe
        self.stars = stars
        self.by: dict[tuple[str, str], list[Person]] = {
            (site, lang): [
                one for one in people if site in one.accounts and one.lang == lang
            ]
            for site in (MASTODON, BLUESKY)
            for lang in ("fr", "en")
        }  # fmt: skip

    def bus(self) -> None:
        """Emerging A: children's bike buses, from Mastodon to Bluesky to local news to English."""
        scribe, rng = self.scribe, self.scribe.rng
        crowd = {
            key: rng.sample(many, min(len(many), size))
            for (key, many), size in zip(
                self.by.items(), (112, 0, 185, 86), strict=True
            )
        }  # fmt: skip
        for day, (toots, posts, english) in BUS.items():
            written = (
                [(MASTODON, "fr")] * toots + [(BLUESKY, "fr")] * posts + [(BLUESKY, "en")] * english
            )
            for number, key in enumerate(written):
                early = day == 43 and number == 1
                person = self.stars.expert if early else rng.choice(crowd[key])
                mood = rng.choices(("pos", "neu", "ask"), (52, 32, 16))[0]
                site, lang = key
                name = scribe.grammars[lang].line("bus.bus")
                text = scribe.compose(
                    person, "bus", mood, lang, {"bus": name}, tails=0.9, limit=240
                )
                tag = {"fr": "écoleàvélo", "en": "schoolrun"}[lang]
                text, shown = scribe.tagged(person, text, [tag], LIMIT[site])
                shown = (name.partition("#")[2], *shown)
                post = scribe.add(
                    person.accounts[site], day, self._minute(person, day), text, lang=lang,
                    tags=shown, mood=mood, subject="school", plan="trend-bike-bus",
                )  # fmt: skip
                if rng.random() < 0.35:
                    post.media = scribe.picture("")
                scribe.reach(post, 2.0)

    def _minute(self, person: Person, day: int) -> float:
        return person.minute(self.scribe.rng) if day != 43 else 640 + self.scribe.rng.uniform(0, 99)

    def roof(self, hackers: list[Person]) -> None:
        """Emerging B: an open sewing pattern for a rain roof, from Hacker News."""
        scribe, rng = self.scribe, self.scribe.rng
        author = hackers[0].accounts[HACKERNEWS]
        story = scribe.add(
            author, 58, 1005, "", title="Show HN: Open sewing pattern for a cargo bike rain roof",
            link=("https://toit-de-pluie.example/", ""), subject="rain", plan="trend-rain-roof",
        )  # fmt: skip
        story.likes, story.tau = 143, 9.0
        pool = hackers[1:19]
        readers = {lang: rng.sample(self.by[BLUESKY, lang], 24) for lang in ("fr", "en")}
        sewers = rng.sample(self.by[MASTODON, "en"], 3)
        for day, (comments, english, french, toots) in ROOF.items():
            for number in range(comments):
                person = pool[(day * 7 + number) % len(pool)]
                text = scribe.compose(person, "roof", "hn", "en", tails=0.8, limit=900)
                if "cargo bike" not in text:
                    text = f"{text} {scribe.grammars['en'].sentence('hn.cargo')}"
                scribe.add(
                    person.accounts[HACKERNEWS], day, 1020 + rng.uniform(5, 380), text,
                    parent=story, subject="rain", plan="trend-rain-roof",
                )  # fmt: skip
            for site, lang, many in (
                (BLUESKY, "en", english), (BLUESKY, "fr", french), (MASTODON, "en", toots)
            ):  # fmt: skip
                for _ in range(many):
                    person = rng.choice(sewers if site == MASTODON else readers[lang])
                    mood = rng.choices(("pos", "neu", "ask"), (40, 40, 20))[0]
                    text = scribe.compose(person, "roof", mood, lang, tails=0.9, limit=230)
                    tag = {"fr": "véloSousLaPluie", "en": "raingear"}[lang]
                    text, shown = scribe.tagged(person, text, [tag], LIMIT[site])
                    name = {"fr": "ToitDePluie", "en": "RainRoof"}[lang]
                    earliest = 1080 if day == 58 else 480
                    post = scribe.add(
                        person.accounts[site], day, rng.uniform(earliest, 1320), text, lang=lang,
                        tags=(name, *shown), mood=mood, subject="rain", plan="trend-rain-roof",
                    )  # fmt: skip
                    scribe.reach(post, 1.8)

    def crisis(
        self, accounts: dict[tuple[str, str], Account], owned: dict[tuple[str, str], list[Post]]
    ) -> dict[str, list[Post]]:
        """Quincabelle's cracked frames; answers its named moments: first photo, deleted comments,
        copied replies, recall."""
        scribe = self.scribe
        sentence = scribe.grammars["fr"].sentence
        given = {"brand": "Quincabelle"}
        first = scribe.add(
            self.stars.expert.accounts[MASTODON], 51, 460, sentence("story.first_photo", given),
            tags=("vélocargo",), brands=("quincabelle",), mood="neg", plan="crisis",
            media=Media("image", "Fissure sous la potence d'un vélo cargo", 1600, 1200),
        )  # fmt: skip
        first.likes, first.shares, first.quoted, first.tau = 412, 388, 31, 40.0
        deleted = self._deleted(accounts, owned)
        copied: list[Post] = []
        told = sentence("story.copied")
        for post in deleted:
            if post.site == BLUESKY or len(copied) < 9:
                copied.append(answer(scribe, accounts["quincabelle", post.site], post, 900, told))
        for reply in copied:
            reply.plan = "crisis-copied-replies"
        for day, (many, negative) in CRISIS.items():
            angry = round(many * negative)
            for number in range(many):
                self._angry(day, "neg" if number < angry else self._calm_mood(day))
        recalls = []
        for site in (MASTODON, BLUESKY):
            recall = scribe.add(
                accounts["quincabelle", site], 57, 1080, sentence("story.recall"),
                tags=("vélocargo",), mood="neu", plan="crisis-recall", subject="owned.recall",
            )  # fmt: skip
            recall.likes, recall.shares, recall.quoted = 96, 141, 18
            recalls.append(recall)
        return {"first": [first], "deleted": deleted, "copied": copied, "recall": recalls}

    def _deleted(
        self, accounts: dict[tuple[str, str], Account], owned: dict[tuple[str, str], list[Post]]
    ) -> list[Post]:
        """Comments under Quincabelle's posts that it has removed on the Friday morning."""
        scribe, rng = self.scribe, self.scribe.rng
        gone = scribe.almanac.at(53, 630)[0]
        found = []
        for site in (MASTODON, BLUESKY):
            targets = [post for post in owned["quincabelle", site] if 49 <= post.day <= 50]
            for number in range(9):
                person = rng.choice(self.by[site, "fr"])
                post = targets[number % len(targets)]
                mood = "neg" if number % 3 else "ask"
                text = scribe.compose(
                    person, "crisis", mood, "fr", {"brand": "Quincabelle"}, tails=0.8, limit=230
                )
                if site == MASTODON:
                    text = f"@quincabelle {text}"
                day = 51 if number < 4 else 52
                reply = scribe.add(
                    person.accounts[site], day, rng.uniform(560, 1320), text, lang="fr",
                    parent=post, mood=mood, brands=("quincabelle",), mentions=(post.account,),
                    deleted=gone + number * 41_000, plan="crisis-deleted-comments",
                )  # fmt: skip
                scribe.reach(reply, 1.5)
                found.append(reply)
        return found

    def _calm_mood(self, day: int) -> str:
        weights = (0.0 if day < 57 else 0.3, 0.5, 0.38)
        return self.scribe.rng.choices(("pos", "neu", "ask"), weights)[0]

    def _angry(self, day: int, mood: str) -> None:
        scribe, rng = self.scribe, self.scribe.rng
        lang = "en" if day >= 55 and rng.random() < 0.14 else "fr"
        site = BLUESKY if rng.random() < 0.56 else MASTODON
        person = rng.choice(self.by[site, lang])
        if day == 53 and rng.random() < 0.05 and mood == "neg":
            text = scribe.grammars["fr"].sentence("story.deletion", {"brand": "Quincabelle"})
            if not scribe.fresh(text):
                text = ""
        else:
            text = ""
        name = scribe.name_brand("quincabelle", person, site)
        tag = {"fr": "vélocargo", "en": "cargobike"}[lang]
        shown: tuple[str, ...] = (tag,)
        if not text:
            text = scribe.compose(
                person, "crisis", mood, lang, {"brand": name}, tails=0.8, limit=235
            )
            text, shown = scribe.tagged(person, text, [tag], LIMIT[site])
            if name.startswith("#"):
                shown = (name[1:], *shown)
        minute = person.minute(rng)
        if day == 53:
            minute = max(minute, 640 + rng.uniform(0, 500))  # after the comments are gone
        elif day == 51:
            minute = max(minute, 470 + rng.uniform(5, 700))
        post = scribe.add(
            person.accounts[site], day, min(minute, 1439), text, lang=lang, tags=shown,
            brands=("quincabelle",), subject="brand", mood=mood, plan="crisis",
        )  # fmt: skip
        if rng.random() < 0.25:
            post.media = scribe.picture("")
        scribe.reach(post, 2.4 if mood == "neg" else 1.0)

    def questions(self, owned: dict[tuple[str, str], list[Post]]) -> list[Post]:
        """Four questions to Trimouette that nobody has answered."""
        scribe = self.scribe
        last = owned["trimouette", BLUESKY][-1]
        asked = []
        people = scribe.rng.sample(self.by[BLUESKY, "fr"], len(QUESTIONS))
        for number, ((day, minute, _), person) in enumerate(zip(QUESTIONS, people, strict=True)):
            text = scribe.grammars["fr"].sentence("story.supplier")
            text = text.replace("@trimouette", "@trimouette.example")
            post = scribe.add(
                person.accounts[BLUESKY], day, minute, text, brands=("trimouette", "quincabelle"),
                mood="ask", plan="unanswered-questions", subject="brand",
                parent=last if number % 2 else None, mentions=(last.account,),
            )  # fmt: skip
            scribe.reach(post, 1.2)
            asked.append(post)
        return asked
