"""Reading the fields of an answer: JSON, times, counts, and the drift of their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from vigie.errors import MappingError
from vigie.records import Account, MetricSample, Source, sample_id
from vigie.sources import Answer, Mapped


def decoded(answer: Answer) -> Any:
    """The body as JSON, not to be changed: `next`, `advance` and `map` share it.

    Raises MappingError."""
    try:
        return answer.json()
    except orjson.JSONDecodeError as error:
        raise MappingError(f"the body is no JSON: {error}", where=answer.request_url) from error


def ok(answer: Answer) -> bool:
    """Whether the answer carries what was asked for: not an error, not 'not modified'."""
    return 200 <= answer.status < 300 and bool(answer.body)


@contextmanager
def mapping(answer: Answer) -> Iterator[None]:
    """Any surprise in the shape of a body becomes a MappingError that names the place."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        else:
            told = f"{type(error).__name__}: {error}"
        raise MappingError(
            f"unknown shape of {answer.endpoint}: {told}",
            where=answer.request_url,
            do="the body is kept; mend the mapper, then vigie remap",
        ) from error


def moment(value: object) -> datetime | None:
    """A time with offset from ISO 8601 or epoch seconds, None where there is none; a time without
    an offset is taken as UTC."""
    if isinstance(value, str):
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            return None
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError, ValueError):
            return None
    return None


def stamp(time: datetime) -> str:
    """A time as text that sorts as the time does."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def text_or_none(value: object) -> str | None:
    """Text that says something, else None."""
    return value if isinstance(value, str) and value else None


def source(answer: Answer, mapper_version: str) -> Source:
    """Where the records of an answer come from."""
    return Source(
        collector=answer.platform,
        endpoint=answer.endpoint,
        api_version=answer.api_version,
        run_id=answer.run_id,
        mapper_version=mapper_version,
    )


def keys(names: str) -> frozenset[str]:
    """The words of a text, as the keys of an object."""
    return frozenset(names.split())


def drift(
    mapped: Mapped,
    path: str,
    given: Mapping[str, Any],
    known: frozenset[str],
    needed: frozenset[str],
) -> None:
    """Counts the keys that the mapper does not know, and those that it misses."""
    present = given.keys()
    if not present <= known:
        mapped.unknown.update(f"{path}.{key}" for key in present - known)
    if not present >= needed:
        mapped.missing.update(f"{path}.{key}" for key in needed - present)


def account_samples(
    account: Account, metrics: Sequence[str] = ("followers", "following", "posts")
) -> Iterator[MetricSample]:
    """The metric samples that one observation of an account carries."""
    for metric in metrics:
        value = getattr(account, metric)
        if value is not None:
            yield MetricSample(
                id=sample_id(account.id, metric, account.collected_at),
                entity=account.id,
                entity_kind="account",
                platform=account.platform,
                metric=metric,
                value=value,
                captured_at=account.collected_at,
            )
