"""Posts and random queries over them, for tests in which back ends have to agree."""

from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import strategies as st

from vigie.records import Author, Counts, Enrichment, Entity, Post, Record, Sentiment

POSTS = 160
TOKENS = (
    "crème", "Crème", "crèmes", "solaire", "l'Oréal", "L’Oréal", "oreal", "été", "#été", "d’été",
    "cœur", "sun", "cream", "sun-cream", "don't", "peau", "peaux", "@ana", "@Bob_fr",
    "😍", "❤️", "👍🏽", "👍", "👨‍👩‍👧", "🇫🇷", "完美日记", "日记", "ガラス",
    "100%", "3,5", "Nivea®", "nivea", "(promo)", "|", "*", "Google+", "e\u0301te\u0301",
    "https://boutique.test/a?b=1", "Straße", "🏽", "½", "ﬁn", "… !", "NOT", "ÉTÉ",
)  # fmt: skip
FEW = ("crème", "Crème", "solaire", "été", "sun", "l'Oréal", "😍")  # often near each other
TAGS = ("Été", "ete", "SunCream", "日記", "mode-été", "2026")
HANDLES = ("Ana", "bob_fr", "Zoé@social.test", "ana")


def corpus(make_post: Callable[..., Post]) -> list[Record]:
    """Posts of mixed French, English, emoji and signs, the same at every run."""
    rng = random.Random(7)
    some = lambda values, most: tuple(rng.sample(values, rng.randint(0, most)))  # noqa: E731

    def text() -> str | None:
        if rng.random() < 0.1:
            return None
        if rng.random() < 0.3:
            return " ".join(rng.choices(FEW, k=rng.randint(2, 12)))
        return " ".join(rng.choices(TOKENS, k=rng.randint(0, 12)))

    records: list[Record] = []
    for number in range(POSTS):
        post = make_post(
            number,
            text=text(),
            title=" ".join(rng.choices(TOKENS, k=4)) if rng.random() < 0.3 else None,
            platform=rng.choice(["bluesky", "mastodon", "news"]),
            lang=rng.choice([None, "fr", "en-GB"]),
            hashtags=some(TAGS, 2),
            mentions=some(HANDLES, 2),
            links=some(("https://www.Boutique.test/a/?b=1", "http://blog.boutique.test"), 2),
            emojis=some(("😍", "👍🏽"), 1),
            author=Author(
                id=rng.choice([None, "mastodon:Ab", "mastodon:ab"]),
                handle=rng.choice([None, *HANDLES]),
                name=rng.choice([None, "Zoé Légère", "Zoé * ?", r"Zoé\Légère"]),
                followers=rng.choice([None, 0, 10, 2_000]),
            ),
            metrics=Counts(likes=rng.choice([None, 0, 3, 50]), views=rng.choice([None, 7])),
            matched=some(("brand:acme", "topic:skin", "homonym:acme"), 2),
            parent_id=rng.choice([None, "mastodon:P", "mastodon:p"]),
            state=rng.choice(["live", "live", "deleted"]),
            origin=rng.choice([None, "earned", "paid"]),
        )
        records.append(post)
        if rng.random() < 0.6:
            records.append(
                Enrichment(
                    id=post.id,
                    text_hash="h",
                    language=rng.choice([None, "fr", "en"]),
                    sentiment=rng.choice(
                        [None, Sentiment(label="negative", score=-0.5, confidence=0.9)]
                    ),
                    entities=(Entity(text="x", label="ORG", canonical="L’Oréal"),),
                    keyphrases=some(("crème solaire", "Été"), 2),
                    story_id=rng.choice([None, "mastodon:1"]),
                    enriched_at=post.collected_at,
                )
            )
    return records


BEGUN = ("cre*", "pea*", "so*", "日*", "l'o*", "oréa*", "nive*", "1*", "😍*", '"crème sol"*',
         '"l’oré"*', '"日"*', "text:crème", "title:crème", "title:so*", 'text:"sun cream"',
         'title:"crème solaire"', "text:(été OR 😍)")  # fmt: skip
WILD = ("cr?me", "cr*e", "cr?me?", "s?laire", "sol*r?", "p?a*", "l'or?al", "niv*a*", "b*utique",
        "et?", "title:cr?me", "text:s*n", "text:(cr?mes OR so*re)", '"crème sol*"', '"l\'or?al"',
        '"cr?me sol*e"', '"crè* solaire"', '"su? cr*m"', 'title:"crème s*"',
        'text:"cr?me solaire"', '"l\'oréal é*"', '"sun s?n"')  # fmt: skip
WRITTEN = ("raw:Crème", "raw:crème", "raw:creme", "raw:ÉTÉ", "raw:(été OR Été)", "raw:Google+",
           "{ÉTÉ}", "raw:Oréal", 'raw:"Crème solaire"', "raw:日")  # fmt: skip
VALUES = (
    "platform:news", "platform:(bluesky OR mastodon)", "lang:fr", "lang:en", "lang:*",
    "#été", "#ét*", "#SunCream", "#日記", "hashtag:2026", "@ana", "@zoé", "@zoé@social.test",
    "mention:*", "author:ana", "author:zo*", 'author:"zoé légère"', "author:mastodon:Ab",
    "author:*", "emoji:👍", "entity:l'oréal", "entity:*", 'keyphrase:"crème solaire"',
    "keyphrase:*", "domain:boutique.test", "domain:blog.boutique.test", "domain:*",
    "link:https://boutique.test/a/?b=1", "link:boutique.test/*", "link:*", "parent:mastodon:P",
    "parent:mastodon:p", "likes:0", "likes:>0", "likes:[3 TO 50}", "likes:*", "followers:>=10",
    "views:<8", "published:2026-09-02", "published:[2026-09-02 TO 2026-09-04]",
    "published:>2026-09-05T12", "state:deleted", "state:*", "brand:acme", "topic:skin",
    "homonym:acme", "sentiment:négatif", "sentiment:*", "story:mastodon:1", "origin:paid",
    "owner:*", "id:mastodon:7", "collected:>2026", "engagement:*", "media:image",
    "#ét?", "#su*m", "#20?6", "author:z*é", "author:b?b_fr", "@zo?", "platform:ma*on",
    "domain:b*tique.test", "link:b*tique.test/a/?b=1", "link:b*/a*", "entity:l'or?al",
    "keyphrase:cr?me*", "id:mastodon:1*5", "author:mastodon:?b", 'author:"zoé * ?"',
    r"author:zoé\l*e", "author:zo*\\*", "hashtags:Été", "at_mentions:ana", "type:tweet",
)  # fmt: skip
LONG = " OR ".join(("crème", *(f"mot{number}" for number in range(300)), "#été", '"sun cream"'))
FIXED = (*BEGUN, *WILD, *WRITTEN, *VALUES, LONG)  # each is asked once at least

tokens = st.sampled_from([token for token in TOKENS if '"' not in token])
plain = st.sampled_from([token for token in TOKENS if not set('"*?|()…') & set(token)])
words = st.one_of(
    tokens,
    st.lists(tokens, min_size=1, max_size=3).map(lambda chosen: f'"{" ".join(chosen)}"'),
    st.sampled_from(BEGUN),
    st.sampled_from(WILD),
)  # fmt: skip
raws = st.one_of(
    plain.map(lambda token: f'raw:"{token}"'),
    st.lists(plain, min_size=2, max_size=2).map(lambda chosen: f'raw:"{" ".join(chosen)}"'),
    st.sampled_from(WRITTEN),
)  # fmt: skip
operands = st.one_of(
    st.sampled_from(FEW),
    st.sampled_from(["crème", "solaire", "sun", "cr?me*", "sol*", "so?aire", '"crème solaire"',
                     '"l\'oréal"', '"été crè*"', "(été OR sun)", '(crème OR "solaire sun" OR 😍)',
                     "(so* OR oréal)", "日记"]),
)  # fmt: skip
operators = st.tuples(st.sampled_from(["NEAR/{}", "ONEAR/{}", "NEAR/{}f"]), st.integers(0, 6)).map(
    lambda drawn: f" {drawn[0].format(drawn[1])} "
)
pairs = st.tuples(operands, operators, operands).map("".join)
nears = st.one_of(
    pairs,
    pairs,
    st.tuples(pairs, operators, operands).map("".join),
    st.tuples(operands, operators, pairs.map(lambda pair: f"({pair})")).map("".join),
    st.tuples(st.sampled_from(["title", "text"]), pairs).map(lambda both: f"{both[0]}:({both[1]})"),
    st.tuples(
        st.lists(st.sampled_from([*FEW, "peau", "sol*"]), min_size=2, max_size=4), st.integers(0, 6)
    ).map(lambda both: f'"{" ".join(both[0])}"~{both[1]}'),
    st.tuples(operands, operands, st.integers(0, 6)).map("({0[0]} AND {0[1]})~{0[2]}".format),
)
fields = st.sampled_from(VALUES)
queries = st.recursive(
    st.one_of(words, nears, raws, fields, st.just("*")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " ", " <<<both>>> "]), inner).map(
            "".join
        ),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"NOT ({text})"),
    ),
    max_leaves=5,
)
