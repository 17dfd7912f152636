"""Reading the fields of an answer: JSON, times, counts, and the drift of their names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

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


class Reader(Protocol):
    """What reads the objects of one platform's bodies into `mapped`."""

    mapped: Mapped

    def read(self, body: Any) -> None: ...


def read_by(
    reader: Callable[[Answer, Source], Reader], answer: Answer, mapper_version: str
) -> Mapped:
    """What a platform's reader finds in an answer; nothing where it is not what was asked for.
    Raises MappingError."""
    if not ok(answer):
        return Mapped()
    body = decoded(answer)
    with mapping(answer):
        found = reader(answer, source(answer, mapper_version))
        found.read(body)
        return found.mapped


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


_KINDS = {
    str: "text", int: "number", float: "number", bool: "truth", list: "list", dict: "object",
}  # fmt: skip
_GOOD_KEPT = 4_000  # shapes of objects that are known to be in order, of one set of keys


class Keys(frozenset[str]):
    """The keys of an object of an API. Which JSON types their values have is told by the samples
    (`crawlers/shapes/`), or here where samples cannot show it."""

    module: str
    told: dict[str, frozenset[str]]  # key → types, of those that were written with a type
    good: set[tuple[Any, ...]]

    def __or__(self, other: Any) -> Keys:
        made = Keys(frozenset.__or__(self, other))
        made.module, made.good = self.module, set()
        made.told = {**self.told, **getattr(other, "told", {})}
        return made


def keys(names: str) -> Keys:
    """The words of a text, as the keys of an object; `edited:truth|number` names the types that a
    key may have beside null (text, number, truth, list, object) where no sample shows them all."""
    # Which file of crawlers/shapes/ holds the types follows from who asks.
    return _keys(names, sys._getframe(1).f_globals.get("__name__", "").rpartition(".")[2])


@cache
def _keys(names: str, module: str) -> Keys:
    words = [word.partition(":") for word in names.split()]
    made = Keys(name for name, _, _ in words)
    made.module, made.good = module, set()
    made.told = {name: frozenset(types.split("|")) for name, _, types in words if types}
    return made


@cache
def shapes(module: str) -> dict[str, dict[str, frozenset[str]]]:
    """Object → key → JSON types, as the samples of a crawler show them; empty without samples."""
    file = files("crawlers").joinpath("shapes", f"{module}.json")
    if not file.is_file():
        return {}
    told = orjson.loads(file.read_bytes())
    return {
        name: {key: frozenset(types.split("|")) for key, types in known.items()}
        for name, known in told.items()
    }


def kind_of(value: object) -> str | None:
    """The JSON type of a value; None for null, which any key may be."""
    return _KINDS.get(type(value))


def drift(
    mapped: Mapped,
    path: str,
    given: Mapping[str, Any],
    known: frozenset[str],
    needed: frozenset[str],
) -> None:
    """Counts the keys that the mapper does not know, those that it misses, and those whose value is
    of another JSON type than known; `path` is the endpoint and the object's name.

    An object that has the same keys and types as one that was in order costs one look."""
    mapped.seen[path] = mapped.seen.get(path, 0) + 1
    shape = (path, needed, *given, *map(type, given.values()))
    good: set[tuple[Any, ...]] | None = getattr(known, "good", None)
    if good is not None and shape in good:
        return
    present = given.keys()
    unknown, missing = present - known, needed - present
    retyped = _retyped(path, given, known) if isinstance(known, Keys) else []
    if good is not None and not (unknown or missing or retyped):
        if len(good) >= _GOOD_KEPT:
            good.clear()
        good.add(shape)
        return
    mapped.unknown.update(f"{path}.{key}" for key in unknown)
    mapped.missing.update(f"{path}.{key}" for key in missing)
    mapped.retyped.update(f"{path}.{key}" for key in retyped)


def _retyped(path: str, given: Mapping[str, Any], known: Keys) -> list[str]:
    shown = shapes(known.module).get(path.rpartition(".")[2], {})
    found = []
    for key in given.keys() & known:
        types, kind = known.told.get(key) or shown.get(key), kind_of(given[key])
        if types and kind is not None and kind not in types:
            found.append(f"{key}={kind}")
    return found


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
