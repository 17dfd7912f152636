"""Questions and complaints to the own brand that wait for a public answer, most urgent first.
Private messages are invisible from outside: an answer given there is not seen here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import polars as pl

from vigie.records import Part, Time
from vigie.watchlist import Brand

LOOKBACK = timedelta(days=14)
_QUESTION = r"\?"
_COMPLAINT = (
    r"(?i)\b(?:remboursez|remboursement|rembours[ée]e?|réclamation|sav\b|service client|cassée?|"
    r"défectueu(?:x|se)|en panne|toujours pas (?:reçu|de réponse)|aucune (?:réponse|nouvelle)|"
    r"inadmissible|honteux|arnaque|déçue?|refund|broken|cracked|faulty|defective|warranty|"
    r"customer service|still (?:waiting|no (?:answer|reply))|no (?:answer|reply)|never (?:arrived|"
    r"answered)|unacceptable|scam|disappointed)\b"
)
_SAFETY = (
    r"(?i)\b(?:fissur\w*|rupture|cass[ée]\w*|danger\w*|accident|sécurité|rappel|frein\w*|enfants?|"
    r"crack\w*|broke|unsafe|danger\w*|recall\w*|safety|brakes?|kids?|child(?:ren)?|supplier|"
    r"fournisseur)\b"
)
# Talk about a brand is not talk to it: "Trimtram, vous livrez ?" calls it, "mon Trimtram" does not.
_CALL = (
    r"(?i)^[^\w@#]*(?:(?:bonjour|bonsoir|salut|hello|hi|hey|dear|dites|dis)[\s,]*)?"
    r"(?:@(?:{names})\b|#?(?:{names})\s*[,:!])"
)


class Question(Part):
    """One post that waits. `urgency` orders: safety and anger first, then age."""

    post_id: str
    brand: str
    kind: Literal["question", "complaint"]
    platform: str
    author: str | None
    text: str
    url: str | None
    published_at: Time
    age_h: float
    urgency: float


def unanswered(
    posts: pl.DataFrame,
    *,
    now: datetime,
    brands: Sequence[Brand],
    lookback: timedelta = LOOKBACK,
) -> list[Question]:
    """The posts of the last `lookback` that are addressed to an own brand (by a mention of its
    account, under its posts, or by calling it by its name), ask or complain, and have no
    public reply by one of its accounts in their thread. `posts` is a `frames.POSTS` frame."""
    own = {brand.id: brand for brand in brands if brand.role == "own"}
    live = posts.filter(
        (pl.col("published_at") <= now)
        & (pl.col("state").fill_null("live") == "live")
        & (pl.col("kind") != "repost")
    )
    words = pl.concat_str(["title", "text"], separator=" ", ignore_nulls=True)
    found = []
    for id, brand in own.items():
        # A local mention has no server: @us for @us@server.
        full = [
            handle.lstrip("@").casefold() for many in brand.accounts.values() for handle in many
        ]
        handles = sorted({*full, *(handle.partition("@")[0] for handle in full)})
        named = pl.col("brands").fill_null([]).list.contains(id) & (pl.col("origin") == "earned")
        under = (pl.col("origin") == "comment") & (pl.col("owner") == id)
        called = (
            pl.col("mentions")
            .fill_null([])
            .list.eval(pl.element().str.to_lowercase().is_in(handles))
            .list.any()
        )
        asks = words.str.contains(_QUESTION)
        angry = (pl.col("sentiment") == "negative").fill_null(False)
        complains = words.str.contains(_COMPLAINT) & (angry | under | called)
        spellings = sorted({brand.name, *brand.names}, key=len, reverse=True)
        call = _CALL.replace("{names}", "|".join(re.escape(name) for name in spellings))
        recent = live.filter(pl.col("published_at") > now - lookback)
        near = recent.filter(under | called | named)  # few: only their words are looked at
        waiting = near.filter(
            (under | called | words.str.contains(call)) & (asks | complains)
        ).with_columns(
            asks=asks.fill_null(False),
            angry=angry,
            safety=words.str.contains(_SAFETY).fill_null(False),
            words=words,
        )
        answers = live.filter((pl.col("origin") == "owned") & (pl.col("owner") == id))
        waiting = waiting.join(_answered(waiting, answers), on="id", how="anti")
        for row in waiting.iter_rows(named=True):
            age = (now - row["published_at"]) / timedelta(hours=1)
            weight = 2.0 * row["safety"] + 1.0 * row["angry"] + 1.0 * (not row["asks"])
            found.append(
                Question(
                    post_id=row["id"],
                    brand=id,
                    kind="question" if row["asks"] else "complaint",
                    platform=row["platform"],
                    author=row["author_handle"] or row["author_name"],
                    text=row["words"],
                    url=row["url"],
                    published_at=row["published_at"],
                    age_h=round(age, 1),
                    urgency=round(weight + min(age, 72) / 72, 3),
                )
            )
    return sorted(found, key=lambda one: (-one.urgency, one.published_at, one.post_id))


def _answered(waiting: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Ids of waiting posts to which an account of the brand replied, or in whose own thread it
    wrote after them."""
    direct = answers.select(id="parent_id").drop_nulls()
    threads = answers.select("root_id", answered_at="published_at").drop_nulls()
    # A post that opened its thread is answered by any later word of the brand in it.
    opened = (
        waiting.filter(pl.col("parent_id").is_null())
        .join(threads, left_on="id", right_on="root_id")
        .filter(pl.col("answered_at") > pl.col("published_at"))
        .select("id")
    )
    return pl.concat([direct, opened]).unique()
