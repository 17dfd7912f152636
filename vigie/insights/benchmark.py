"""The competitor benchmark: per brand and network, and over all networks, what a period gave beside
the equal period before. Owned posts at equal age, earned mentions for share of voice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from vigie.insights import equal_age, formats
from vigie.insights.markings import form, giveaway, paid
from vigie.insights.terms_of_use import Terms
from vigie.metrics import Figure, figure, formulas
from vigie.records import Benchmark
from vigie.watchlist import Brand

HISTORY = timedelta(weeks=9)  # what formats and over-performance are told from
PUBLICATIONS = ("post", "quote", "video", "article", "pin")
COMPARED = 100  # CrowdTangle: an account's last 100 posts
COMPARED_AT_LEAST = 5
SAME_FORMAT_AT_LEAST = 10
OVERPERFORMS = 2.0
BEST = 5
_FOLLOWERS_NEAR = timedelta(days=30)  # of a post: its followers at publication
_NEAR, _SAME = timedelta(days=14), timedelta(days=1)
Key = tuple[str, str | None]  # brand, network (None: all)


def compute(
    posts: pl.DataFrame,
    samples: pl.DataFrame,
    accounts: pl.DataFrame,
    *,
    since: datetime,
    until: datetime,
    brands: Sequence[Brand],
    timezone: str,
    run_id: str,
    now: datetime | None = None,
    age: timedelta = equal_age.AGE,
    tolerance: timedelta = equal_age.TOLERANCE,
    terms: Terms | None = None,
) -> list[Benchmark]:
    """One record per brand and network that has figures, and one per brand over all networks.

    `posts` is a `frames.POSTS` frame that reaches back `HISTORY` before `until` (at least to the
    period before), `samples` a `frames.SAMPLES` frame of the owned posts' counters and the brands'
    accounts' followers, `accounts` a `frames.ACCOUNTS` frame. `now` tells posts that are still in
    progress from those that nobody looked at in time (default: `until`). `terms` keep platforms
    out of what theirs forbid: rates and scores, and figures over all networks; their posts are
    counted among what was left out."""
    terms = terms or Terms.of()
    ids = [brand.id for brand in brands]
    length = until - since
    start = min(since - length, until - HISTORY)
    live = posts.filter(
        (pl.col("published_at") >= start)
        & (pl.col("published_at") < until)
        & (pl.col("state").fill_null("live") == "live")
    )
    owned = _owned(live, ids)
    originals = equal_age.measure(
        owned.filter(pl.col("kind").is_in(PUBLICATIONS) & pl.col("repost_of").is_null()),
        samples,
        now=now or until,
        age=age,
        tolerance=tolerance,
    )
    originals = terms.underived(originals)
    originals = _with_followers(originals, samples, accounts)
    reposts = owned.filter((pl.col("kind") == "repost") | pl.col("repost_of").is_not_null())
    scores = overperformance(originals)
    own = _accounts_of(accounts, ids)

    def figures(low: datetime, high: datetime) -> dict[Key, dict[str, Figure]]:
        found = terms.voice(_between(live, low, high), ids)
        for key, group in _groups(_between(originals, low, high), ids):
            shown = group if key[1] else terms.unmixed(group)
            found.setdefault(key, {}).update(_published(shown, low, high))
        _shares_of_posts(found)
        for key, growth in _growth(own, samples, low, high, terms).items():
            found.setdefault(key, {}).update(growth)
        return found

    present, before = figures(since, until), figures(since - length, since)
    if not _reaches(live, since - length, length):
        before = {}
    shapes = {
        key: group if key[1] else terms.unmixed(group)
        for key, group in _groups(originals.filter(pl.col("published_at") >= until - HISTORY), ids)
    }
    reposted = dict(_groups(_between(reposts, since, until), ids))
    told = dict(_groups(_between(originals, since, until), ids))
    unknown = _between(live, since, until).filter(pl.col("origin").is_null())
    records = []
    for key in sorted(present, key=lambda key: (ids.index(key[0]), key[1] or "")):
        brand, platform = key
        group = told.get(key, originals.clear())
        old = before.get(key, {})
        records.append(
            Benchmark(
                id=f"benchmark:{brand}:{platform or 'all'}:{since:%Y%m%dT%H}:{until:%Y%m%dT%H}",
                brand=brand,
                platform=platform,
                window_start=since,
                window_end=until,
                figures={
                    id: value.model_copy(update={"before": old.get(id)}).model_dump(mode="json")
                    for id, value in present[key].items()
                },
                formats=formats.compare(shapes[key], timezone) if key in shapes else {},
                best_posts=_best(group if platform else terms.unmixed(group), scores),
                left_out={
                    **_left_out(group, reposted.get(key), _naming(unknown, brand, platform)),
                    **terms.left_out(group, mixed=platform is None),
                },
                run_id=run_id,
            )
        )
    return records


def overperformance(originals: pl.DataFrame) -> dict[str, float]:
    """CrowdTangle's score by post id, for posts with an engagement at equal age and enough earlier
    posts of the same account. Giveaways and paid posts are scored, but are no yardstick."""
    scores: dict[str, float] = {}
    columns = ["id", "author_id", "format", "at_age", "giveaway", "paid"]
    known = originals.filter(pl.col("at_age").is_not_null()).sort("published_at", "id")
    past: dict[str | None, list[tuple[str, int]]] = {}
    for id, account, shape, value, won, sold in known.select(columns).iter_rows():
        earlier = past.setdefault(account, [])
        recent = earlier[-COMPARED:]
        same = [count for other, count in recent if other == shape]
        yardstick = same if len(same) >= SAME_FORMAT_AT_LEAST else [count for _, count in recent]
        if len(yardstick) >= COMPARED_AT_LEAST:
            expected = formulas.middle_mean(yardstick) or 0.0
            scores[id] = round(formulas.overperforming(value, expected), 2)
        if not won and not sold:
            earlier.append((shape, value))
    return scores


def _reaches(posts: pl.DataFrame, start: datetime, length: timedelta) -> bool:
    """Whether the history covers the period before; a part of it would make a false change."""
    first = posts["published_at"].min()
    return isinstance(first, datetime) and first <= start + length / 7


def _owned(posts: pl.DataFrame, brands: Sequence[str]) -> pl.DataFrame:
    chosen = (pl.col("origin") == "owned") & pl.col("owner").is_in(brands)
    return posts.filter(chosen).with_columns(giveaway(), paid(), form())


def _between(frame: pl.DataFrame, low: datetime, high: datetime) -> pl.DataFrame:
    return frame.filter((pl.col("published_at") >= low) & (pl.col("published_at") < high))


def _groups(frame: pl.DataFrame, brands: Iterable[str]) -> Iterator[tuple[Key, pl.DataFrame]]:
    for brand in brands:
        mine = frame.filter(pl.col("owner") == brand)
        if mine.height:
            yield (brand, None), mine
            for platform in sorted(mine["platform"].unique()):
                yield (brand, platform), mine.filter(pl.col("platform") == platform)


def _naming(posts: pl.DataFrame, brand: str, platform: str | None) -> int:
    named = posts.filter(pl.col("brands").list.contains(brand))
    return named.height if platform is None else int((named["platform"] == platform).sum())


def _published(posts: pl.DataFrame, since: datetime, until: datetime) -> dict[str, Figure]:
    n = posts.height
    days = (until - since) / timedelta(days=1)
    organic = posts.filter(~pl.col("giveaway") & ~pl.col("paid"))
    at_age = organic["at_age"].drop_nulls()
    missing = n - at_age.len()
    observed = posts["engagement"].drop_nulls()
    gap = formulas.longest_gap(posts["published_at"].to_list(), since, until)
    found = {
        "posts.owned": figure("posts.owned", n, n),
        "posts.per_week": figure("posts.per_week", n / days * 7, n),
        "posts.longest_gap": figure("posts.longest_gap", gap / timedelta(days=1), n),
        "eng.public": _figure("eng.public", _total(observed), n, n - observed.len()),
        "eng.at_age": _figure("eng.at_age", at_age.median(), n, missing),
        "eng.at_age_p90": _figure(
            "eng.at_age_p90", at_age.quantile(0.9, interpolation="linear"), n, missing
        ),
        "eng.at_age_sum": _figure("eng.at_age_sum", _total(at_age), n, missing),
    }
    for id, counter in (
        ("eng.applause", "likes"),
        ("eng.conversation", "replies"),
        ("eng.amplification", "shares"),
    ):
        known = posts[counter].drop_nulls()
        found[id] = _figure(id, _total(known), n, n - known.len())
    return found | _rates(posts, organic)


def _rates(posts: pl.DataFrame, organic: pl.DataFrame) -> dict[str, Figure]:
    n = posts.height
    per_follower = organic.filter((pl.col("at_age").is_not_null()) & (pl.col("audience") > 0))
    per_view = organic.filter((pl.col("engagement").is_not_null()) & (pl.col("views") > 0))
    weighted = posts.filter((pl.col("engagement").is_not_null()) & (pl.col("audience") > 0))
    by_follower = (per_follower["at_age"] / per_follower["audience"] * 100).median()
    by_view = (per_view["engagement"] / per_view["views"] * 100).median()
    period = formulas.rate(_total(weighted["engagement"]), _total(weighted["audience"]))
    return {
        "er_follower_post": _figure("er_follower_post", by_follower, n, n - per_follower.height),
        "er_view": _figure("er_view", by_view, n, n - per_view.height),
        "er_account_period": _figure("er_account_period", period, n, n - weighted.height),
    }


def _figure(id: str, value: Any, n: int, left_out: int) -> Figure:
    """`n` is the set, `left_out` those of it that have no value; nothing left: unknown."""
    known = n - left_out
    note = None if known else "no_comparable_post" if id.startswith("eng.at_age") else "unknown"
    return figure(id, value if known else None, known, left_out=left_out, note=note)


def _total(values: pl.Series) -> float | None:
    return float(values.sum()) if values.len() else None


def _shares_of_posts(found: dict[Key, dict[str, Figure]]) -> None:
    """Adds `posts.share` where any brand published on that network."""
    totals: dict[str | None, float] = {}
    for (_, platform), figures in found.items():
        if "posts.owned" in figures:
            totals[platform] = totals.get(platform, 0) + (figures["posts.owned"].value or 0)
    for (_, platform), figures in found.items():
        if platform in totals:
            mine = figures["posts.owned"].value if "posts.owned" in figures else 0
            share = formulas.rate(mine, totals[platform])
            figures["posts.share"] = figure("posts.share", share, int(totals[platform]))


def _with_followers(
    posts: pl.DataFrame, samples: pl.DataFrame, accounts: pl.DataFrame
) -> pl.DataFrame:
    """Adds `audience`: the account's followers in the sample nearest to publication, else as the
    post carries them, else as the account was last seen."""
    known = (
        samples.filter((pl.col("metric") == "followers") & (pl.col("value") > 0))
        .select(author_id="entity", captured_at="captured_at", near="value")
        .sort("captured_at")
    )
    last = accounts.select(author_id="id", last="followers").unique("author_id", keep="any")
    return (
        posts.sort("published_at")
        .join_asof(
            known,
            left_on="published_at",
            right_on="captured_at",
            by="author_id",
            strategy="nearest",
            tolerance=_FOLLOWERS_NEAR,
            check_sortedness=False,
        )
        .join(last, on="author_id", how="left", maintain_order="left")
        .with_columns(audience=pl.coalesce("near", "author_followers", "last"))
        .drop("near", "last", "captured_at", strict=False)
    )


def _accounts_of(accounts: pl.DataFrame, brands: Sequence[str]) -> pl.DataFrame:
    return accounts.filter(pl.col("owner").is_in(brands)).select(
        "id", "platform", "owner", "followers", "collected_at"
    )


def _growth(
    own: pl.DataFrame, samples: pl.DataFrame, since: datetime, until: datetime, terms: Terms
) -> dict[Key, dict[str, Figure]]:
    """Followers at the end, and growth over the accounts whose followers are known at both ends: by
    a straight line between counts at most two weeks apart, else by a count of that very day."""
    known = samples.filter(pl.col("metric") == "followers").sort("captured_at")
    counts = {str(id): group for (id,), group in known.group_by("entity")}
    rows = []
    for account in own.iter_rows(named=True):
        held = counts.get(account["id"])
        start, end = (None if held is None else _at(held, moment) for moment in (since, until))
        seen = account["collected_at"]
        if end is None and seen is not None and seen < until + _SAME:
            end = account["followers"]
        rows.append({"start": start, "end": end})
    schema = {"start": pl.Float64, "end": pl.Float64}
    both = pl.concat([own, pl.DataFrame(rows, schema=schema)], how="horizontal")
    found: dict[Key, dict[str, Figure]] = {}
    for key, whole in _groups(both, sorted(both["owner"].unique())):
        group = whole if key[1] else terms.mixable(whole)
        counted = group.filter(pl.col("end").is_not_null())
        grown = counted.filter(pl.col("start").is_not_null())
        if not counted.height:
            continue
        n, missing = grown.height, group.height - grown.height
        start, end = _total(grown["start"]), _total(grown["end"])
        net = None if start is None or end is None else round(end - start)
        weeks = (until - since) / timedelta(weeks=1)
        found[key] = {
            "followers": figure(
                "followers",
                round(counted["end"].sum()),
                counted.height,
                left_out=whole.height - counted.height,
            )
        }
        if not terms.derives(key[1]):
            continue
        found[key] |= {
            "growth.net": figure("growth.net", net, n, left_out=missing),
            "growth.percent": figure(
                "growth.percent", formulas.rate(net, start), n, left_out=missing
            ),
            "growth.weekly": figure(
                "growth.weekly", formulas.weekly_growth(start, end, weeks), n, left_out=missing
            ),
        }
    return found


def _at(counts: pl.DataFrame, moment: datetime) -> float | None:
    """The followers at a moment, from an account's counts in order of time."""
    before = counts.filter(pl.col("captured_at") <= moment).tail(1)
    after = counts.filter(pl.col("captured_at") > moment).head(1)
    if before.height and after.height:
        (low, high), (early, late) = (
            (before[name][0], after[name][0]) for name in ("value", "captured_at")
        )
        if late - early <= _NEAR:
            return float(low + (high - low) * ((moment - early) / (late - early)))
    for side in (before, after):
        if side.height and abs(side["captured_at"][0] - moment) <= _SAME:
            return float(side["value"][0])
    return None


def _best(posts: pl.DataFrame, scores: dict[str, float]) -> tuple[dict[str, Any], ...]:
    """The posts with most engagement and those that over-perform: what won by itself first,
    giveaways and paid posts after."""
    rows = [
        {
            "id": row["id"],
            "engagement": row["engagement"] if row["at_age"] is None else row["at_age"],
            "at_equal_age": row["at_age"] is not None,
            "over_performing": scores.get(row["id"]),
            "giveaway": row["giveaway"],
            "paid": row["paid"],
            "format": row["format"],
            "published_at": row["published_at"].isoformat(),
        }
        for row in posts.iter_rows(named=True)
        if row["engagement"] is not None or row["at_age"] is not None
    ]
    rows.sort(key=lambda row: (row["giveaway"] or row["paid"], -row["engagement"], row["id"]))
    return tuple(
        row
        for place, row in enumerate(rows)
        if place < BEST or (row["over_performing"] or 0) >= OVERPERFORMS
    )


def _left_out(posts: pl.DataFrame, reposts: pl.DataFrame | None, unknown: int) -> dict[str, int]:
    counted = {
        "repost": reposts.height if reposts is not None else 0,
        "unknown_origin": unknown,
        "giveaway": int(posts["giveaway"].sum()),
        "paid": int((posts["paid"] & ~posts["giveaway"]).sum()),
    }
    for state in ("in_progress", "not_comparable", "unknown_count"):
        counted[state] = int((posts["age_state"] == state).sum())
    return {reason: count for reason, count in counted.items() if count}
