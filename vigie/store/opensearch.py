"""The store on OpenSearch or Elasticsearch: the same protocol, the same answers.

Posts and metric samples lie in indices whose names follow from the record, all else in an index a
kind; several workers write at once (vigie/store/observing.py). One path for all engines: walking by
`search_after`, sorting by our own fields, templates that each of them takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson

from vigie.errors import StoreError
from vigie.merging import blob_of
from vigie.query import Node, parse
from vigie.query.deciding import settle
from vigie.query.elastic import compile_query, sayable
from vigie.query.nodes import wanted
from vigie.records import RECORDS, MetricSample, Post, Record
from vigie.store import Filters, Hit, Hits, Page, R, Told, Upserted, untold
from vigie.store.asking import after_of, compile_question, narrow, order_of, value_of
from vigie.store.bulk import CONFLICT, Write, write
from vigie.store.documents import state_of
from vigie.store.engine import Engine
from vigie.store.highlighting import highlight as mark
from vigie.store.kept import Kept, SampleRow, counters, record_source
from vigie.store.moving import State
from vigie.store.naming import Names, document_id
from vigie.store.observing import Observing
from vigie.store.preparing import prepare
from vigie.store.sampling import rank_of, row_of, sample_of
from vigie.store.searching import states_of
from vigie.store.thinning import ClusterThinning
from vigie.store.walking import WHOLE, batched, found_of, held_records, walk

if TYPE_CHECKING:
    import polars as pl

DEEPEST = 10_000  # hits that an engine gives by offset; further on we walk
_NO_FILTERS = Filters()
_FIRST_PAGE = Page()


class OpenSearchStore(ClusterThinning):
    """The store of one workspace in a cluster. Implements vigie.store.Store."""

    def __init__(
        self, engine: Engine, names: Names, *, timezone: str, read_only: bool = False
    ) -> None:
        self.engine = engine
        self.names = names
        self.timezone = timezone
        self.zone = ZoneInfo(timezone)
        self.read_only = read_only
        prepare(engine, names, timezone, read_only=read_only)

    # writing ------------------------------------------------------------------------------------

    def _observing(self) -> Observing:
        if self.read_only:
            raise StoreError("opened for reading only", where=self.engine.where)
        return Observing(self.engine, self.names, self.zone)

    def upsert(self, records: Sequence[Record]) -> Upserted:
        return self._observing().upsert(records)

    def delete(self, filters: Filters) -> int:
        from vigie.store.dropping import drop_periods

        observing = self._observing()
        gone = drop_periods(observing, filters)
        ids = [hit["_source"]["id"] for page in self._walk("*", filters, ["id"]) for hit in page]
        gone += observing.remove(ids)
        observing.finish()
        return gone

    def change(self, kind: type[R], id: str, expected: R | None, record: R) -> bool:
        if record.id != id:
            raise StoreError(f"record {record.id!r} under the id {id!r}")
        return self.change_many([(expected, record)])[0]

    def change_many(self, changes: Sequence[tuple[R | None, R]]) -> list[bool]:
        observing = self._observing()
        done = [self._changed(observing, expected, record) for expected, record in changes]
        observing.finish()
        return done

    def _changed(self, observing: Observing, expected: R | None, record: R) -> bool:
        observing.finish()
        kind = record.record_kind
        if isinstance(record, MetricSample):
            raise StoreError("metric samples are never changed")
        places = found_of(self.engine, self.names, [record.id]).get(record.id, [])
        place = places[0] if places else None
        if isinstance(record, Post):
            if (None if place is None else _post_of(place.kept)) != expected:
                return False
            kept = Kept(blob_of(record)) if place is None else place.kept.replaced(record)
            done = observing.replace(record.id, place, kept)
            observing.finish()
            observing.join([record.id])
            return done
        if kind == "enrichment" and place is not None:
            (present,) = self.get([record.id], type(record))
            if present != expected:
                return False
            return observing.replace(record.id, place, place.kept.read_as(record))
        held = held_records(self.engine, self.names.kind(kind), [record.id]).get(record.id)
        present = None if held is None else type(record).model_validate_json(held.blobs[0])
        if present != expected:
            return False
        over = None if held is None else held.state
        source = record_source(kind, (blob_of(record), None))
        one = Write(self.names.kind(kind), document_id(record.id), source, over)
        observing.touched.add(one.index)
        if write(self.engine, [one]) == [CONFLICT]:
            return False
        observing.follow(kind, [record])
        return True

    def states(self) -> Iterator[State]:
        everything: dict[str, Any] = {"match_all": {}}
        for page in walk(self.engine, self.names.posts, everything, ["id"], ["kept"]):
            for hit in page:
                kept = Kept.read(hit["_source"]["kept"])
                yield State("post", kept.post, kept.stamps)
        for kind, record in RECORDS.items():
            if kind in ("enrichment", "metric_sample"):
                yield from (State(kind, blob_of(one)) for one in self.all(record))
            elif kind != "post":
                index = self.names.kind(kind)
                for page in walk(self.engine, index, everything, ["id"], ["kept"], size=1_000):
                    for hit in page:
                        doc, stamps = (hit["_source"]["kept"].get(key) for key in ("doc", "stamps"))
                        yield State(kind, doc.encode(), stamps.encode() if stamps else None)

    def adopt(self, states: Sequence[State]) -> None:
        from vigie.store.adopting import adopt

        adopt(self._observing(), states)

    def rebuild(self, progress: Told = untold) -> None:
        """Writes anew what is not what follows from the kept records."""
        from vigie.store.checking import derive_anew

        derive_anew(self.engine, self.names, self.zone, progress)

    # reading ------------------------------------------------------------------------------------

    def get(self, ids: Sequence[str], kind: type[R]) -> list[R | None]:
        found: Mapping[str, Any]
        if kind is Post:
            found = {id: _post_of(kept) for id, kept in self._kept(ids).items()}
        elif kind is MetricSample:
            entities = {id.rpartition("|")[0].rpartition("|")[0] for id in ids}
            samples = (sample_of(row) for row in self._sample_rows(sorted(entities), ()))
            found = {sample.id: sample for sample in samples}
        else:
            index = self.names.kind(kind.record_kind)
            held = held_records(self.engine, index, list(dict.fromkeys(ids)))
            blobs = {id: place.blobs[0] for id, place in held.items()}
            if kind.record_kind == "enrichment":
                blobs |= {
                    id: kept.enrichment for id, kept in self._kept(ids).items() if kept.enrichment
                }
            found = {id: kind.model_validate_json(blob) for id, blob in blobs.items()}
        return [found.get(id) for id in ids]

    def _kept(self, ids: Sequence[str]) -> dict[str, Kept]:
        found = found_of(self.engine, self.names, dict.fromkeys(ids))
        return {id: places[0].kept for id, places in found.items()}

    def all(self, kind: type[R], *, prefix: str = "") -> Iterator[R]:
        query = {"prefix": {"id": prefix}} if prefix else {"match_all": {}}
        if kind is MetricSample:
            query = {"prefix": {"entity": prefix}} if prefix else query
            pages = walk(self.engine, self.names.metrics, query, ["id"], True)
            found = {
                (row[0], row[1], row[2]): row
                for page in pages for row in (row_of(hit["_source"]) for hit in page)
            }  # fmt: skip
            query = {"prefix": {"id": prefix}} if prefix else {"match_all": {}}
            for page in walk(self.engine, self.names.posts, query, ["id"], ["kept"]):
                for hit in page:
                    kept = Kept.read(hit["_source"]["kept"])
                    _stand(found, counters(kept.post, kept.stamps))
            yield from (sample_of(found[key]) for key in sorted(found))  # type: ignore[misc]
            return
        if kind.record_kind == "enrichment":
            blobs: dict[str, bytes] = {}
            for page in walk(self.engine, self.names.posts, query, ["id"], ["kept"]):
                for hit in page:
                    kept = Kept.read(hit["_source"]["kept"])
                    if kept.enrichment:
                        blobs[orjson.loads(kept.post)["id"]] = kept.enrichment
            for page in walk(self.engine, self.names.kind("enrichment"), query, ["id"], True):
                for hit in page:
                    blobs.setdefault(hit["_source"]["id"], hit["_source"]["kept"]["doc"].encode())
            yield from (kind.model_validate_json(blobs[id]) for id in sorted(blobs))
            return
        if kind is Post:
            for page in walk(self.engine, self.names.posts, query, ["id"], ["kept"]):
                yield from (_post_of(Kept.read(hit["_source"]["kept"])) for hit in page)  # type: ignore[misc]
            return
        index = self.names.kind(kind.record_kind)
        for page in walk(self.engine, index, query, ["id"], ["kept"], size=1_000):
            yield from (kind.model_validate_json(hit["_source"]["kept"]["doc"]) for hit in page)

    def documents(self, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        found = {id: kept.document(self.zone) for id, kept in self._kept(ids).items()}
        return [found.get(id) for id in ids]

    def samples(self, entities: Sequence[str], metrics: Sequence[str] = ()) -> pl.DataFrame:
        from vigie.store.scanning import sample_frame

        rows = self._sample_rows(entities, metrics)
        return sample_frame([row[:4] for row in sorted(rows, key=lambda row: (row[2], *row[:2]))])

    def _sample_rows(self, entities: Sequence[str], metrics: Sequence[str]) -> list[SampleRow]:
        found: dict[tuple[str, str, int], SampleRow] = {}
        for some in batched(dict.fromkeys(entities), DEEPEST):
            clauses: list[dict[str, Any]] = [{"terms": {"entity": some}}]
            if metrics:
                clauses.append({"terms": {"metric": list(metrics)}})
            query = {"bool": {"filter": clauses}}
            for page in walk(self.engine, self.names.metrics, query, ["captured_at", "id"], True):
                _stand(found, (row_of(hit["_source"]) for hit in page))
            for kept in self._kept(some).values():
                rows = counters(kept.post, kept.stamps)
                _stand(found, (row for row in rows if not metrics or row[1] in metrics))
        return list(found.values())

    # questions ----------------------------------------------------------------------------------

    def search(
        self,
        query: str = "*",
        filters: Filters = _NO_FILTERS,
        sort: str = "-published_at",
        page: Page = _FIRST_PAGE,
        highlight: bool = False,
    ) -> Hits:
        node = self._parse(query)
        question = compile_question(self._settle(node, filters), filters, node)
        if sort == "relevance" and next(wanted(node), None) is None:
            sort = "-published_at"
        order, falls = order_of(sort)
        after = None if page.after is None else after_of(page.after, falls)
        total: int | None = None
        hits: list[Hit] = []
        left, offset = page.size, page.offset
        while True:
            size = min(left + offset, DEEPEST)
            body: dict[str, Any] = {
                "size": size,
                "query": question,
                "sort": order,
                "_source": ["kept"],
                "track_total_hits": total is None,
            }
            if after is not None:
                body["search_after"] = after
            answer = self.engine.request(
                "POST", f"/{self.names.posts}/_search", params=WHOLE, body=body
            )
            found = answer["hits"]["hits"]
            total = answer["hits"]["total"]["value"] if total is None else total
            hits += [self._hit(node, one, highlight) for one in found[offset:]]
            left -= max(len(found) - offset, 0)
            offset = max(offset - len(found), 0)
            if left <= 0 or len(found) < size:
                return Hits(total, hits)
            after = found[-1]["sort"]

    def _hit(self, node: Node, hit: Mapping[str, Any], highlight: bool) -> Hit:
        kept = Kept.read(hit["_source"]["kept"])
        post, document = _post_of(kept), kept.document(self.zone)
        piece = None
        if highlight:
            piece = mark(node, post.text or "") or mark(node, post.title or "")
        return Hit(post, document, piece, (value_of(hit), post.id))

    def aggregate(self, query: str, filters: Filters, aggs: dict[str, Any]) -> dict[str, Any]:
        from vigie.store.native import aggregate

        node = self._parse(query)
        question = compile_question(self._settle(node, filters), filters, node)
        let_in = replace(filters, states=states_of(node, filters))

        def compile(text: str) -> dict[str, Any]:
            return compile_query(self._settle(self._parse(text), let_in))

        return aggregate(self.engine, self.names.posts, question, aggs, compile)

    def scan(
        self, filters: Filters, columns: Sequence[str], *, query: str = "*", batch: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        from vigie.store.columns import rows_of
        from vigie.store.scanning import check, frame

        check(columns)
        rows: list[tuple[Any, ...]] = []
        for page in self._walk(query, filters, ["kept"], size=min(batch, 5_000)):
            rows += rows_of([Kept.read(hit["_source"]["kept"]) for hit in page], self.zone, columns)
            while len(rows) >= batch:
                yield frame(rows[:batch], columns)
                del rows[:batch]
        if rows:
            yield frame(rows, columns)

    def _walk(
        self,
        query: str,
        filters: Filters,
        source: Sequence[str],
        *,
        size: int = 5_000,
    ) -> Iterator[list[dict[str, Any]]]:
        node = self._parse(query)
        question = compile_question(self._settle(node, filters), filters, node)
        order = ["ticks.published", "id"]
        return walk(self.engine, self.names.posts, question, order, source, size=size)

    def _settle(self, node: Node, filters: Filters) -> Node:
        """The query with what the engine cannot say decided in memory, within the filters."""
        let_in = narrow(node, filters)

        def find(candidate: Node) -> Iterator[dict[str, Any]]:
            asked = {"bool": {"filter": [compile_query(candidate, lax=True), *let_in]}}
            order = ["ticks.published", "id"]
            for page in walk(self.engine, self.names.posts, asked, order, ["kept"]):
                yield from (Kept.read(hit["_source"]["kept"]).document(self.zone) for hit in page)

        return settle(node, sayable, find)

    def _parse(self, query: str) -> Node:
        return parse(query if query.strip() else "*", timezone=self.timezone)

    # coordination -------------------------------------------------------------------------------

    def claim(self, name: str, holder: str, ttl: float) -> bool:
        # The machines' time: leases are between processes and no part of the watched world.
        now = time.time()
        index = self.names.kind("lease")
        held = self.engine.request("GET", f"/{index}/_doc/{_part(name)}", ok=(404,))
        over = None
        if held is not None:
            if held["_source"]["holder"] != holder and held["_source"]["until"] > now:
                return False
            over = held["_seq_no"], held["_primary_term"]
        lease = orjson.dumps({"holder": holder, "until": now + ttl})
        return write(self.engine, [Write(index, _part(name), lease, over)]) != [CONFLICT]

    def release(self, name: str, holder: str) -> None:
        index = self.names.kind("lease")
        held = self.engine.request("GET", f"/{index}/_doc/{_part(name)}", ok=(404,))
        if held is not None and held["_source"]["holder"] == holder:
            over = held["_seq_no"], held["_primary_term"]
            write(self.engine, [Write(index, _part(name), None, over)])

    def verify(self) -> list[str]:
        from vigie.store.checking import differences

        return differences(self.engine, self.names, self.zone)

    def close(self) -> None:
        self.engine.close()


def _stand(found: dict[tuple[str, str, int], SampleRow], rows: Iterator[SampleRow] | Any) -> None:
    """The greater of two samples of one id stands."""
    for row in rows:
        key = row[0], row[1], row[2]
        if key not in found or rank_of(row) > rank_of(found[key]):
            found[key] = row


def _post_of(kept: Kept) -> Post:
    post = Post.model_validate_json(kept.post)
    if kept.tombstone is None:
        return post
    state = state_of(orjson.loads(kept.post), orjson.loads(kept.tombstone))
    return post if state == post.state else post.model_copy(update={"state": state})


def _part(name: str) -> str:
    """A lease's name as the id of a document and a part of an address."""
    import hashlib

    return hashlib.sha256(name.encode()).hexdigest()
