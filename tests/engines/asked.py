"""An index of posts on a search engine, filled and asked as a store would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from vigie.query import elastic, parse
from vigie.query.deciding import settle
from vigie.query.fields import microseconds
from vigie.query.nodes import Node
from vigie.store.index import FLAGS, FLOATS, FOUND, INTEGERS, KEYWORDS, entry_of

INDEX = "vigie-asked"
Document = Mapping[str, Any]
TICKS = {
    "published_at": "ticks.published",
    "collected_at": "ticks.collected",
    "first_seen_at": "ticks.seen",
}
PLACES = {"words": "words", "title": "words_title", "body": "words_body"}
SETTINGS = {"index": {"number_of_replicas": 0, "refresh_interval": "-1"}}


class Asked:
    """One index, and the documents that were put in it."""

    def __init__(self, url: str, documents: Sequence[Document]) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._known = {document["id"]: document for document in documents}
        self.read = 0  # documents that the matcher decided about

    def fill(self) -> None:
        self._http.delete(f"/{INDEX}")
        made = self._http.put(
            f"/{INDEX}", json={"settings": SETTINGS, "mappings": {"properties": _properties()}}
        )
        made.raise_for_status()
        for start in range(0, len(self._known), 5_000):
            lines = []
            for document in [*self._known.values()][start : start + 5_000]:
                lines.append(json.dumps({"index": {"_id": document["id"]}}))
                lines.append(json.dumps(_source(document)))
            sent = self._http.post(
                f"/{INDEX}/_bulk",
                content="\n".join(lines) + "\n",
                headers={"content-type": "application/x-ndjson"},
            )
            assert not sent.json()["errors"], sent.text[:2000]
        self._http.post(f"/{INDEX}/_refresh").raise_for_status()

    def ask(self, query: str, timezone: str = "UTC") -> list[str]:
        """The ids that a query finds, sorted."""
        node = settle(parse(query, timezone=timezone), elastic.sayable, self._propose)
        return sorted(self._search(elastic.compile_query(node)))

    def _propose(self, node: Node) -> Iterator[Document]:
        for id in self._search(elastic.compile_query(node, lax=True)):
            self.read += 1
            yield self._known[id]

    def _search(self, body: elastic.Body) -> list[str]:
        asked = {"query": body, "size": 10_000, "_source": False, "stored_fields": ["_id"]}
        answer = self._http.post(f"/{INDEX}/_search", json=asked)
        assert answer.status_code == 200, answer.text
        assert "warning" not in answer.headers, answer.headers["warning"]
        return [hit["_id"] for hit in answer.json()["hits"]["hits"]]

    def close(self) -> None:
        self._http.close()


def _properties() -> dict[str, Any]:
    types = {
        "text": PLACES.values(),
        "keyword": (*KEYWORDS, *map(_found, FOUND)),
        "long": (*INTEGERS, *TICKS.values()),
        "double": FLOATS,
        "boolean": FLAGS,
    }
    extra = {"text": {"analyzer": "whitespace"}}
    return {
        name: {"type": type_, **extra.get(type_, {})}
        for type_, names in types.items()
        for name in names
    }


def _source(document: Document) -> dict[str, Any]:
    times = [microseconds(document[name]) for name in TICKS]
    entry = entry_of(dict(document), 0, (times[0], times[1], times[2]))
    source: dict[str, Any] = {}
    for name, value in entry.items():
        if name in FOUND:
            source[_found(name)] = value
        elif name in (*KEYWORDS, *INTEGERS, *FLOATS, *FLAGS, *PLACES, *TICKS):
            source[PLACES.get(name) or TICKS.get(name) or name] = value
    return source


def _found(name: str) -> str:
    return name if name == elastic.HAS else f"find.{name}"
