"""Aggregations that are refused, and the words that say why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vigie.errors import StoreError
from vigie.records import Post
from vigie.store import Filters, Store

START = datetime(2026, 10, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("aggs", "message"),
    [
        ({"a": {"rare_terms": {"field": "platform"}}}, "rare_terms"),
        ({"a": {"terms": {"field": "colour"}}}, "no terms of 'colour'"),
        ({"a": {"avg": {"field": "platform"}}}, "no avg of 'platform'"),
        ({"a": {"terms": {"field": "platform", "script": "1"}}}, "terms has no script"),
        ({"a": {"avg": {"field": "author.verified"}}}, "no avg of 'author.verified'"),
        ({"a": {"percentiles": {"field": "published_at"}}}, "no percentiles of 'published_at'"),
        ({"a": {"min": {"field": "published_at", "missing": 0}}}, "has no missing"),
        (
            {
                "a": {
                    "terms": {"field": "platform"},
                    "aggs": {"b": {"composite": {"sources": []}}},
                }
            },
            "'b': composite is never below",
        ),
        (
            {"a": {"terms": {"field": "platform", "order": [{"_count": "asc"}, {"_key": "desc"}]}}},
            "more than one order",
        ),
        ({"a": {"avg": {"field": "likes"}, "aggs": {"b": {}}}}, "nothing below it"),
        (
            {"a": {"date_histogram": {"field": "published_at", "calendar_interval": "moon"}}},
            "no calendar interval 'moon'",
        ),
        (
            {"a": {"date_histogram": {"field": "published_at", "fixed_interval": "1s"}}},
            "too many buckets",
        ),
        (
            {
                "a": {
                    "date_histogram": {
                        "field": "published_at",
                        "fixed_interval": "1d",
                        "time_zone": "Mars/Olympus",
                    }
                }
            },
            "no time zone 'Mars/Olympus'",
        ),
    ],
)
def test_what_is_not_known_is_told(
    store: Store, make_post: Callable[..., Post], aggs: dict[str, Any], message: str
) -> None:
    store.upsert([make_post(n, published_at=START + n * timedelta(days=12)) for n in range(2)])
    with pytest.raises(StoreError, match=message):
        store.aggregate("*", Filters(), aggs)
