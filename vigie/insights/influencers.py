"""Influencer candidates: whom to talk to, with the parts of each score, from public behaviour only.
Media and brands are set apart: ranked among themselves, after people."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import polars as pl

from vigie.insights import authenticity, authors
from vigie.insights.markings import paid
from vigie.insights.peers import standings
from vigie.records import Alert, Influencer, Trend
from vigie.watchlist import Brand

Tiers = Sequence[tuple[str, int]]
Kind = Literal["expert", "creator", "ambassador", "media", "brand", "other"]
TIERS: Tiers = (  # HypeAuditor
    ("nano", 1_000),
    ("micro", 5_000),
    ("mid", 20_000),
    ("macro", 100_000),
    ("mega", 1_000_000),
)
TIER_SCHEME = "HypeAuditor: nano 1–5 k, micro 5–20 k, mid 20–100 k, macro 100 k–1 M, mega > 1 M"
WEIGHTS = {
    "relevance": 0.30,
    "engagement": 0.20,
    "authenticity": 0.20,
    "earliness": 0.15,
    "consistency": 0.10,
    "growth": 0.05,
}
RELEVANT_AT_LEAST = 3
AMBASSADOR_MENTIONS = 5
SPONSORED_USUAL = 0.2
EVIDENCE = 5
PIONEERS_AMONG = 5  # being first of fewer says nothing
_MEDIA = (  # in a name or handle: a bio that says "journal" may be anybody's
    r"(?i)(?:\b|_)(?:journal|gazette|magazine|news|weekly|daily|actu(?:alité)?s?|m[ée]dias?|presse|"
    r"radio|tv|hebdo|quotidien|herald|tribune|courrier|dépêche|times|post|echo|écho)(?:\b|_)"
)
_BRAND = (
    r"(?i)(?:\b|_)(?:boutique|shop|store|officiel(?:le)?|official|magasin|fabricant|concessionnaire|"
    r"retailer|revendeur)(?:\b|_)"
)
_EXPERT = (
    r"(?i)\b(?:m[ée]canicien(?:ne)?|mechanic|ing[ée]nieure?|engineer|chercheu(?:r|se)|researcher|"
    r"urbaniste|planner|formateur|formatrice|trainer|expert[e]?|consultante?|technicien(?:ne)?|"
    r"technician|professeure?|professor|doctor|atelier|workshop|framebuilder|cadreu(?:r|se))\b"
)


def rank(
    posts: pl.DataFrame,
    accounts: pl.DataFrame,
    samples: pl.DataFrame | None = None,
    *,
    since: datetime,
    until: datetime,
    brands: Sequence[Brand],
    run_id: str,
    trends: Sequence[Trend] = (),
    alerts: Sequence[Alert] = (),
    tiers: Tiers = TIERS,
    limit: int = 200,  # of people; a quarter more for the best known, and for what is set apart
    barred: Collection[str] = (),  # platforms whose terms forbid to profile people
) -> list[Influencer]:
    """The candidates of a period, best first, media and brands after the people. `posts` is a
    `frames.POSTS` frame with everybody's posts and comments, `accounts` a `frames.ACCOUNTS` frame,
    `samples` the accounts' follower counts over time."""
    live = posts.filter(
        (pl.col("published_at") >= since)
        & (pl.col("published_at") < until)
        & (pl.col("state").fill_null("live") == "live")
        & pl.col("author_id").is_not_null()
        & (pl.col("kind") != "repost")
        & ~pl.col("platform").is_in(list(barred))
    ).with_columns(paid())
    own = [brand.id for brand in brands if brand.role == "own"]
    rivals = [brand.id for brand in brands if brand.role != "own"]
    in_trends, joined, in_trend = _pioneers(live, trends)
    first_posts = [alert.first_post for alert in alerts if alert.first_post]
    firsts = set(live.filter(pl.col("id").is_in(first_posts))["author_id"])
    in_trends.update(dict.fromkeys(firsts, 1.0))
    facts = authors.facts(live, accounts, samples, own, rivals, in_trend, since, until)
    er = standings(
        (row["author_id"], row["platform"], row["followers"], row["er"])
        for row in facts.filter(pl.col("er").is_not_null()).iter_rows(named=True)
    )
    ratio = standings(
        (row["author_id"], row["platform"], row["followers"], row["comment_like_ratio"])
        for row in facts.filter(pl.col("comment_like_ratio").is_not_null()).iter_rows(named=True)
    )
    watched = set(accounts.filter(pl.col("owner").is_not_null())["id"]) | set(
        posts.filter(pl.col("origin") == "owned")["author_id"].drop_nulls()
    )
    answered = _answered(posts, own)
    led = {author for author, early in in_trends.items() if early > 0.5}
    chosen = facts.filter(
        (pl.col("relevant") >= RELEVANT_AT_LEAST)
        | (pl.col("own_mentions") >= AMBASSADOR_MENTIONS)
        | pl.col("author_id").is_in(list(led))
    ).filter(~pl.col("author_id").is_in(list(watched)))
    volumes = sorted(chosen["relevant"])
    candidates = []
    for row in chosen.iter_rows(named=True):
        author = row["author_id"]
        signals = {
            "comment_like_ratio": row["comment_like_ratio"],
            "comment_like_ratio_z": ratio[author].z if author in ratio else None,
            "generic_comment_share": row["generic_comment_share"],
            "repeated_commenter_share": row["repeated_commenter_share"],
            "copied_share": row["copied_share"],
            "follower_jumps": row["follower_jumps"],
            "following_follower_ratio": row["following_follower_ratio"],
        }
        components = {
            "relevance": _relevance(row["relevant"], row["posts"], volumes),
            "engagement": er[author].percentile if author in er else None,
            "authenticity": authenticity.judge(signals),
            "earliness": in_trends.get(author, 0.0) if trends or alerts else None,
            "consistency": row["consistency"],
            "growth": None if row["growth"] is None else min(1.0, max(0.0, row["growth"] * 2)),
        }
        kind = _kind(row)
        candidates.append(
            Influencer(
                id=author,
                account_id=author,
                platform=row["platform"],
                handle=row["handle"],
                name=row["name"],
                kind=kind,
                tier=tier(row["followers"], tiers),
                followers=row["followers"],
                score=score(components, row["sponsored_share"]),
                components={name: _rounded(value) for name, value in components.items()},
                signals={name: _rounded(value) for name, value in signals.items()},
                posts=row["posts"],
                engagement_median=row["engagement_median"],
                sponsored_share=_rounded(row["sponsored_share"]),
                generic_comment_share=_rounded(row["generic_comment_share"]),
                own_mentions=row["own_mentions"],
                competitor_mentions=row["competitor_mentions"],
                topic_terms=_terms(row["terms"]),
                trend_ids=joined.get(author, ()),
                evidence=tuple(row["evidence"][:EVIDENCE]),
                reasons=_reasons(
                    row, kind, components, signals, author in answered, author in firsts
                ),
                first_seen_at=row["first_seen_at"],
                as_of=until,
                run_id=run_id,
            )
        )
    return _shown(candidates, limit)


def _shown(candidates: Sequence[Influencer], limit: int) -> list[Influencer]:
    """The best people, those whom everybody knows (who may rank low, and should be seen to), and
    what is set apart; each by score."""
    best = sorted(candidates, key=lambda one: (-one.score, one.id))
    people = [one for one in best if one.kind not in ("media", "brand")]
    large = sorted(people, key=lambda one: -(one.followers or 0))[: limit // 8]
    loud = sorted(people, key=lambda one: -(one.engagement_median or 0))[: limit // 8]
    kept = {one.id for one in (*people[:limit], *large, *loud)}
    apart = [one for one in best if one.kind in ("media", "brand")][: limit // 4]
    return [one for one in people if one.id in kept] + apart


def score(components: Mapping[str, float | None], sponsored_share: float | None) -> float:
    """0..100: the weighted mean of the known components; what is sponsored beyond the usual fifth
    takes the same share away (`influencer.score` of the registry)."""
    known = {name: value for name, value in components.items() if value is not None}
    weight = sum(WEIGHTS[name] for name in known)
    if not weight:
        return 0.0
    mean = sum(WEIGHTS[name] * value for name, value in known.items()) / weight
    return round(100 * mean * (1 - max(0.0, (sponsored_share or 0.0) - SPONSORED_USUAL)), 1)


def tier(followers: int | None, tiers: Tiers = TIERS) -> str | None:
    """The name of the tier; None where followers are unknown, "below" under the lowest."""
    if followers is None:
        return None
    reached = [name for name, least in tiers if followers >= least]
    return reached[-1] if reached else "below"


def _pioneers(
    posts: pl.DataFrame, trends: Sequence[Trend]
) -> tuple[dict[str, float], dict[str, tuple[str, ...]], set[str]]:
    """Earliness by author in 0..1 (the first: 1, the fifth: a half; the best of the trends counts),
    trends by author, and the posts that belong to a trend. What recurs has no pioneers."""
    early: dict[str, float] = {}
    joined: dict[str, tuple[str, ...]] = {}
    ids: set[str] = set()
    for trend in trends:
        if trend.recurring is not None:
            continue
        ids.update(trend.post_ids)
        order = (
            posts.filter(pl.col("id").is_in(list(trend.post_ids)))
            .group_by("author_id")
            .agg(pl.col("published_at").min())
            .sort("published_at", "author_id")["author_id"]
            .to_list()
        )
        for place, author in enumerate(order):
            joined[author] = (*joined.get(author, ()), trend.id)
            if len(order) >= PIONEERS_AMONG:
                early[author] = max(early.get(author, 0.0), 1 / (1 + place / 4))
    return early, joined, ids


def _relevance(relevant: int, posts: int, volumes: Sequence[int]) -> float:
    """The share of posts on the subject, times how many of the candidates say less on it: among
    accounts that were found by their subject, the share alone tells little."""
    fewer = bisect.bisect_left(volumes, relevant) / len(volumes)
    return relevant / posts * (0.4 + 0.6 * fewer)


def _kind(row: Mapping[str, Any]) -> Kind:
    name = " ".join(filter(None, (row["account_name"] or row["name"], row["handle"])))
    if row["account_kind"] == "media" or row["platform"] in ("news", "feeds"):
        return "media"
    if row["account_kind"] == "brand" or re.search(_BRAND, name):
        return "brand"
    if re.search(_MEDIA, name):
        return "media"
    if _is_ambassador(row):
        return "ambassador"
    if re.search(_EXPERT, f"{name} {row['bio'] or ''}"):
        return "expert"
    if row["visual"] >= 0.5 or (row["followers"] or 0) >= 5_000:
        return "creator"
    return "other"


def _is_ambassador(row: Mapping[str, Any]) -> bool:
    """Names the own brand often, of its own accord, kindly, and not its competitors as much."""
    own, rivals = row["own_mentions"], row["competitor_mentions"]
    return bool(
        own >= AMBASSADOR_MENTIONS
        and own >= 2 * rivals
        and (row["own_tone"] is None or row["own_tone"] >= 0)
    )


def _answered(posts: pl.DataFrame, own: Sequence[str]) -> set[str]:
    """Authors to whom an account of the own brand ever replied in public."""
    replies = posts.filter(
        (pl.col("origin") == "owned")
        & pl.col("owner").is_in(own)
        & pl.col("parent_id").is_not_null()
    )
    answered = posts.join(replies.select(id="parent_id").unique(), on="id", how="semi")
    return set(answered["author_id"].drop_nulls())


def _reasons(
    row: Mapping[str, Any],
    kind: Kind,
    components: Mapping[str, float | None],
    signals: Mapping[str, float | None],
    answered: bool,
    first_of_alert: bool,
) -> tuple[str, ...]:
    """Codes of what explains the score, as `vigie.claims.reasons` words them."""

    def over(value: float | None, bound: float) -> bool:
        return value is not None and value > bound

    told = {
        "first_in_alert": first_of_alert,
        "early_in_trend": over(components["earliness"], 0.4) and not first_of_alert,
        "on_subject": over(components["relevance"], 0.5),
        "engaging_for_its_size": over(components["engagement"], 0.75),
        "speaks_of_us": row["own_mentions"] >= AMBASSADOR_MENTIONS,
        "never_answered": row["own_mentions"] >= AMBASSADOR_MENTIONS and not answered,
        "mostly_sponsored": over(row["sponsored_share"], 0.3),
        "generic_comments": over(signals["generic_comment_share"], 0.4),
        "same_commenters": over(signals["repeated_commenter_share"], 0.6),
        "copies": over(signals["copied_share"], 0.4),
        "follower_jumps": over(signals["follower_jumps"], 0),
        "set_apart": kind in ("media", "brand"),
    }
    return tuple(code for code, holds in told.items() if holds)


def _terms(hashtags: Iterable[str]) -> tuple[str, ...]:
    counted = Counter(tag.casefold() for tag in hashtags)
    return tuple(tag for tag, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])))[
        :8
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
