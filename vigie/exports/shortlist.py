"""The influencer shortlist as a spreadsheet. Only what public data tells is filled in; what people
wrote stays theirs from export to export."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from vigie import findings
from vigie.claims.words import FORMATS, PEOPLE, REASONS, TIERS, word
from vigie.exports.columns import POSTS, SCHEMA, SHORTLIST
from vigie.exports.posts import networks, row_of
from vigie.exports.sheets import (
    Cell,
    Sheet,
    Written,
    cells,
    read_written,
    write_csv,
    write_workbook,
)
from vigie.insights import frames
from vigie.insights.influencers import TIER_SCHEME
from vigie.insights.markings import form, paid
from vigie.locales import Lang
from vigie.metrics.formulas import estimated_reach
from vigie.policies import Policies
from vigie.records import Account, Influencer, ShortlistState
from vigie.store import Filters, Store

if TYPE_CHECKING:
    from vigie.workspace import Workspace

WINDOW = timedelta(days=90)
BIO = 200
SIGNALS = 6
_MANUAL = tuple(column.name for column in SHORTLIST if column.manual)
_READ = [
    "id", "platform", "kind", "author_id", "author_handle", "text", "title", "language",
    "published_at", "hashtags", "links", "media_kinds", "media_duration_s", "likes", "shares",
    "replies", "views", "engagement", "author_followers", "origin", "brands", "topics",
]  # fmt: skip


def shortlist(space: Workspace, *, path: Path, query: str | None = None, lang: Lang = "en") -> int:
    """Writes the candidates of the last analysis to an XLSX or CSV file and answers how many.
    Where `path` is an earlier export, its manual columns are taken over (and kept in the store):
    the file's word wins, but an empty cell of a file that was saved before something was written
    elsewhere takes nothing away. `query` keeps candidates with a post that it matches."""
    store, now = space.store, space.clock.now()
    earlier = path.is_file()
    written = read_written(path, SHORTLIST) if earlier else Written({}, (), {})
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC) if earlier else now
    states = _remember(store, written, saved, now, read_only=space.read_only)
    people = findings.latest(store, Influencer)
    if query:
        people = _matching(store, people, query, now)
    listed = {person.account_id for person in people}
    dropped = [] if query else [id for id in states if id not in listed and _said(states[id])]
    policies = Policies(space.watchlist)
    rows = _rows(store, people, dropped, states, now, lang, policies.barred("people"))
    headers = [*(column.title(lang) for column in SHORTLIST), *written.added]
    table = [
        [
            *cells(SHORTLIST, row),
            *written.extra.get(str(row["creator_id"]), [None] * len(written.added)),
        ]
        for row in rows
    ]
    if path.suffix.lower() == ".csv":
        return write_csv(path, headers, table)
    evidence = list(dict.fromkeys(id for person in people for id in person.evidence))
    documents = [one for one in store.documents(evidence) if one is not None]
    return write_workbook(
        path,
        [
            Sheet(
                "shortlist",
                headers,
                table,
                widths=(16, 24),
                manual=frozenset(place for place, column in enumerate(SHORTLIST) if column.manual),
            ),
            Sheet(
                "posts",
                [column.title(lang) for column in POSTS],
                (cells(POSTS, row_of(document, policies)) for document in documents),
            ),
            Sheet("dictionary", _headings(lang), _dictionary(lang), widths=(30, 30, 80, 12)),
            Sheet(
                "filters", ("", ""), _filters(space, query, len(table), now, lang), widths=(26, 60)
            ),
        ],
    )


def _remember(
    store: Store, written: Written, saved: datetime, now: datetime, *, read_only: bool
) -> dict[str, ShortlistState]:
    """What people wrote, by account: the file's rows first, else as the store kept it."""
    states = {state.id: state for state in store.all(ShortlistState)}
    changed = []
    for id, manual in written.manual.items():
        old = states.get(id)
        kept = old if old is not None and saved < old.changed_at else None
        values = {name: manual.get(name) or getattr(kept, name, None) for name in _MANUAL}
        if old is None and not any(values.values()):
            continue
        if old is None or any(getattr(old, name) != value for name, value in values.items()):
            state = ShortlistState(
                id=id, listed=old.listed if old else True, changed_at=now, **values
            )
            states[id] = state
            changed.append(state)
    if changed and not read_only:
        store.upsert(changed)
    return states


def _said(state: ShortlistState) -> bool:
    return any(getattr(state, name) for name in _MANUAL)


def _matching(
    store: Store, people: Sequence[Influencer], query: str, now: datetime
) -> list[Influencer]:
    filters = Filters(since=now - WINDOW, authors=tuple(one.account_id for one in people))
    batches = store.scan(filters, ["author_id"], query=query) if people else iter(())
    authors = {author for batch in batches for author in batch["author_id"]}
    return [person for person in people if person.account_id in authors]


def _rows(
    store: Store,
    people: Sequence[Influencer],
    dropped: Sequence[str],
    states: dict[str, ShortlistState],
    now: datetime,
    lang: Lang,
    barred: Collection[str],
) -> list[dict[str, Cell]]:
    """The candidates, and those of earlier lists whom people wrote about; of a platform whose terms
    allow no profiles, nothing but what they wrote."""
    listed = [*(person.account_id for person in people), *dropped]
    ids = [id for id in listed if id.partition(":")[0] not in barred]
    accounts = dict(zip(ids, store.get(ids, Account), strict=True))
    facts = _facts(store, ids, now, lang)
    tones = _tones(store, ids, now)
    deltas = _deltas(store, ids, now)
    urls = _urls(store, people)
    scored = {person.account_id: person for person in people}
    rows = []
    for id in listed:
        row: dict[str, Cell] = {"creator_id": id, "primary_network": id.partition(":")[0]}
        row |= _of_account(accounts.get(id))
        row |= facts.get(id, {})
        if id in scored and id in accounts:
            row |= _of_person(scored[id], urls, lang)
        row["net_sentiment_of_comments"] = tones.get(id)
        row["followers_delta_30d_pct"] = deltas.get(id)
        followers = row.get("followers")
        if isinstance(followers, int):
            reach = estimated_reach(str(row["primary_network"]), followers)
            row |= {
                "reach_low": round(reach.low),
                "reach_central": round(reach.value),
                "reach_high": round(reach.high),
            }
        state = states.get(id)
        row |= {name: getattr(state, name, None) for name in _MANUAL}
        rows.append(row)
    return rows


def _of_account(account: Account | None) -> dict[str, Cell]:
    if account is None:
        return {}
    return {
        "display_name": account.name,
        "handle": account.handle,
        "profile_url": account.url,
        "bio_excerpt": account.bio[:BIO] if account.bio else None,
        "declared_location": account.location,
        "verified": account.verified,
        "account_created_on": _day(account.created_at),
        "followers": account.followers,
        "collection_method": account.source.collector,
        "data_as_of": account.collected_at.isoformat(timespec="minutes"),
    }


def _of_person(person: Influencer, urls: dict[str, str], lang: Lang) -> dict[str, Cell]:
    signals = {name: value for name, value in person.signals.items() if value is not None}
    peers = person.components.get("engagement")
    told = {
        "display_name": person.name,
        "person_or_brand": word(PEOPLE, person.kind, lang),
        "primary_network": person.platform,
        "handle": person.handle,
        "followers": person.followers,
        "tier": word(TIERS, person.tier, lang) if person.tier else None,
        "tier_scheme": TIER_SCHEME,
        "er_vs_size_peers_pct": None if peers is None else round(peers * 100),
        "comment_like_ratio": signals.get("comment_like_ratio"),
        "comment_like_ratio_vs_peers_z": signals.get("comment_like_ratio_z"),
        "follower_jump_flags": signals.get("follower_jumps"),
        "following_follower_ratio": signals.get("following_follower_ratio"),
        "repeated_commenter_share": signals.get("repeated_commenter_share"),
        "generic_comment_share": person.generic_comment_share,
        "authenticity_signals": ", ".join(
            word(REASONS, code, lang) for code in person.reasons if code in _CONCERNS
        ),
        "authenticity_confidence": round(len(signals) / max(SIGNALS, len(person.signals)), 2),
        "sponsored_share_pct": _percent(person.sponsored_share),
        "competitor_mentions_90d": person.competitor_mentions,
        "our_brand_mentions_90d": person.own_mentions,
        "topic_match_score": person.components.get("relevance"),
        "topic_match_terms": ", ".join(person.topic_terms),
        "trend_ids": ", ".join(person.trend_ids),
        "influence_score": person.score,
        "score_components_json": json.dumps(person.components, sort_keys=True),
        "evidence_post_urls": "\n".join(urls[id] for id in person.evidence if id in urls),
        "first_seen_on": person.first_seen_at.date().isoformat(),
        "data_as_of": person.as_of.isoformat(timespec="minutes"),
    }
    return {name: value for name, value in told.items() if value is not None}


_TOLD = ("positive", "neutral", "negative")
_CONCERNS = ("generic_comments", "same_commenters", "copies", "follower_jumps")


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.date().isoformat()


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)


def _facts(
    store: Store, ids: Sequence[str], now: datetime, lang: Lang
) -> dict[str, dict[str, Cell]]:
    """What the posts of 90 days tell of each account."""
    if not ids:
        return {}
    batches = list(store.scan(Filters(since=now - WINDOW, until=now, authors=tuple(ids)), _READ))
    if not batches:
        return {}
    posts = pl.concat(batches).with_columns(paid(), form())
    found = {}
    for (id,), group in posts.group_by("author_id"):
        found[str(id)] = _of_posts(group, now, lang)
    return found


def _of_posts(posts: pl.DataFrame, now: datetime, lang: Lang) -> dict[str, Cell]:
    times = posts["published_at"].sort()
    last = times[-1]
    weeks = max(1.0, (now - times[0]) / timedelta(weeks=1))
    gap = times.diff().max()
    formats = posts["format"].value_counts().sort("count", "format", descending=[True, False])
    sign = "\u202f%" if lang == "fr" else "%"
    mix = ", ".join(
        f"{word(FORMATS, name, lang)} {round(n / posts.height * 100)}{sign}"
        for name, n in formats.iter_rows()
    )
    rates = posts.filter((pl.col("engagement").is_not_null()) & (pl.col("author_followers") > 0))
    seen = posts.filter((pl.col("engagement").is_not_null()) & (pl.col("views") > 0))
    sold = posts.filter(pl.col("paid"))["engagement"].median()
    free = posts.filter(~pl.col("paid"))["engagement"].median()
    brands = posts["brands"].list.explode(empty_as_null=False).drop_nulls().unique().sort()
    topics = posts["topics"].list.explode(empty_as_null=False).drop_nulls().unique().sort()
    languages = posts["language"].drop_nulls().mode().sort()
    return {
        "handle": posts["author_handle"].drop_nulls().last(),
        "language": languages[0] if languages.len() else None,
        "categories": ", ".join(topics),
        "posts_90d": posts.height,
        "posts_per_week": round(posts.height / weeks, 1),
        "longest_gap_days": round(gap / timedelta(days=1), 1)
        if isinstance(gap, timedelta)
        else None,
        "last_post_on": last.date().isoformat(),
        "format_mix": mix,
        "avg_likes": _mean(posts["likes"]),
        "avg_comments": _mean(posts["replies"]),
        "avg_shares": _mean(posts["shares"]),
        "avg_views": _mean(posts["views"]),
        "er_follower_median": _median(rates["engagement"] / rates["author_followers"] * 100),
        "er_view_median": _median(seen["engagement"] / seen["views"] * 100),
        "paid_post_performance_pct": _ratio(sold, free),
        "brands_mentioned_90d": ", ".join(brands),
    }


def _mean(values: pl.Series) -> float | None:
    mean: Any = values.mean()
    return None if mean is None else round(float(mean), 1)


def _median(values: pl.Series) -> float | None:
    median: Any = values.median()
    return None if median is None else round(float(median), 2)


def _ratio(part: Any, whole: Any) -> float | None:
    return round(float(part) / float(whole) * 100) if part is not None and whole else None


def _tones(store: Store, ids: Sequence[str], now: datetime) -> dict[str, float]:
    """Net sentiment of the comments under each account's posts, from eight read comments on."""
    wanted = ["id", "parent_id", "author_id", "sentiment"]
    batches = list(store.scan(Filters(since=now - WINDOW, until=now), wanted)) if ids else []
    if not batches:
        return {}
    posts = pl.concat(batches)
    owners = posts.filter(pl.col("author_id").is_in(list(ids))).select("id", owner="author_id")
    label = pl.col("sentiment")
    counted = (
        posts.join(owners, left_on="parent_id", right_on="id")
        .filter((pl.col("author_id") != pl.col("owner")) & label.is_in(_TOLD))
        .group_by("owner")
        .agg(pl.len(), net=(label == "positive").sum().cast(pl.Int64) - (label == "negative").sum())
        .filter(pl.col("len") >= 8)
    )
    return {owner: round(net / n * 100, 1) for owner, n, net in counted.iter_rows()}


def _deltas(store: Store, ids: Sequence[str], now: datetime) -> dict[str, float]:
    """Change of followers over 30 days, in %, where a count lies within a week of that day."""
    samples = store.samples(list(ids), ("followers",)) if ids else frames.empty(frames.SAMPLES)
    start = now - timedelta(days=30)
    found = {}
    for (id,), group in samples.group_by("entity"):
        away = (group["captured_at"] - start).abs()
        near = group.filter(away <= timedelta(days=7)).sort("captured_at")
        last = group.sort("captured_at")
        if near.height and near["value"][0] > 0:
            found[str(id)] = round((last["value"][-1] / near["value"][0] - 1) * 100, 1)
    return found


def _urls(store: Store, people: Iterable[Influencer]) -> dict[str, str]:
    ids = list(dict.fromkeys(id for person in people for id in person.evidence))
    documents = zip(ids, store.documents(ids), strict=True)
    return {id: one["url"] for id, one in documents if one is not None and one.get("url")}


def _headings(lang: Lang) -> tuple[str, ...]:
    return (
        ("colonne", "nom technique", "contenu", "à remplir")
        if lang == "fr"
        else ("column", "key", "content", "manual")
    )


def _dictionary(lang: Lang) -> list[list[Cell]]:
    return [
        [column.title(lang), column.name, column.text(lang), column.manual] for column in SHORTLIST
    ]


def _filters(
    space: Workspace, query: str | None, rows: int, now: datetime, lang: Lang
) -> list[list[Cell]]:
    run = findings.last_analysis(space.store)
    zone = space.watchlist.workspace.timezone
    told: list[tuple[str, str, Cell]] = [
        ("espace de travail", "workspace", space.watchlist.workspace.name),
        ("données au", "as of", now.isoformat(timespec="minutes")),
        ("depuis", "from", (now - WINDOW).isoformat(timespec="minutes")),
        ("fuseau horaire", "time zone", zone),
        ("requête", "query", query or "*"),
        ("analyse", "analysis", run.id if run else None),
        ("paliers", "tiers", TIER_SCHEME),
        ("version des colonnes", "schema version", SCHEMA),
        ("lignes", "rows", rows),
    ]
    policies = Policies(space.watchlist)
    for line in policies.remarks("people", networks(space.store), lang):
        told.append(("laissé de côté", "left out", line))
    return [[fr if lang == "fr" else en, value] for fr, en, value in told]
