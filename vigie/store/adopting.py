"""States that another store kept, merged into a search engine's."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from vigie.records import RECORDS, MetricSample
from vigie.store.kept import counters
from vigie.store.moving import State
from vigie.store.observing import Incoming, Observing
from vigie.store.sampling import sample_row
from vigie.store.walking import batched, found_of

CHUNK = 1_000


def adopt(observing: Observing, states: Sequence[State]) -> None:
    """Merges states of one kind with what there is."""
    kind = states[0].kind
    if kind == "post":
        for some in batched(states, CHUNK):
            observing.posts(
                {orjson.loads(one.doc)["id"]: Incoming((one.doc, one.stamps)) for one in some}
            )
    elif kind == "metric_sample":
        samples = [MetricSample.model_validate_json(state.doc) for state in states]
        held = found_of(observing.engine, observing.names, {one.entity for one in samples})
        stands = {
            row
            for places in held.values()
            for place in places
            for row in counters(place.kept.post, place.kept.stamps)
        }
        observing.samples({sample_row(sample) for sample in samples} - stands)
    elif kind == "enrichment":
        observing.upsert([RECORDS[kind].model_validate_json(state.doc) for state in states])
    else:
        record = RECORDS[kind]
        coming = [(record.model_validate_json(one.doc), (one.doc, one.stamps)) for one in states]
        observing.merge(kind, coming)
    observing.finish()
