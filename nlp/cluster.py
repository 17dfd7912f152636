"""A Reader on a Dask cluster: each of its processes loads the models once and reads its share.

What travels is texts one way and readings the other; the store and its keys stay with the caller.
The cluster's processes need this package in the same version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from nlp.reading import Reader, Reading
from vigie.errors import Prerequisite, VigieError

CHUNK = 500  # texts a task: about a second
CONNECT_S = 10.0
Made = tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]
_READING = Lock()  # a process of the cluster may have several threads


class ClusterReader:
    """Like `nlp.reading.Reader`, whose arguments it takes after the scheduler's address. Connects
    with the first texts; raises Prerequisite where it cannot. Safe across threads."""

    def __init__(
        self,
        address: str,
        languages: Sequence[str] = ("fr", "en"),
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._address = address
        spelled = tuple((key, tuple(told)) for key, told in (names or {}).items())
        self._made_of: Made = (tuple(languages), spelled)
        self._client: Any = None
        self._lock = Lock()

    def read(
        self,
        texts: Sequence[str],
        *,
        platform_langs: Sequence[str | None] | None = None,
        entities: Sequence[bool] | None = None,
        brands: Sequence[Sequence[str] | None] | None = None,
    ) -> list[Reading]:
        """One Reading a text, in order; see `Reader.read`. A process that dies is made good by the
        others; raises VigieError where the cluster gives up."""
        client = self._connected()
        question = {"platform_langs": platform_langs, "entities": entities, "brands": brands}
        parts = []
        for start in range(0, len(texts), CHUNK):
            part = slice(start, start + CHUNK)
            asked = {name: told[part] if told else told for name, told in question.items()}
            parts.append(client.submit(read_part, self._made_of, texts[part], asked, pure=False))
        try:
            answers: list[list[Reading]] = client.gather(parts)
        except Exception as error:  # whatever the other side raised comes back as it was
            raise VigieError(
                f"the cluster does not read: {type(error).__name__}: {error}",
                where=self._address,
                do="see its workers' logs; what was read is kept",
            ) from error
        return [reading for answer in answers for reading in answer]

    def close(self) -> None:
        """Leaves the cluster, which stays; a `read` that another thread waits for raises
        VigieError."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _connect(self._address)
            return self._client


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise Prerequisite(
            "distributed is not installed", where="[cluster] dask",
            do='pip install "vigie-social[cluster]"',
        ) from error  # fmt: skip
    connect: Any = Client  # which is not typed
    try:
        return connect(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise Prerequisite(
            f"no Dask scheduler answers at {address}", where="[cluster] dask",
            do="start it, or leave that key out",
        ) from error  # fmt: skip


def read_part(made_of: Made, texts: Sequence[str], question: Mapping[str, Any]) -> list[Reading]:
    """What a process of the cluster does."""
    with _READING:
        return _reader(made_of).read(texts, **question)


@lru_cache(1)
def _reader(made_of: Made) -> Reader:
    languages, names = made_of
    return Reader(languages, dict(names))
