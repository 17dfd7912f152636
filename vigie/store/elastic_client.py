"""The official `elasticsearch` client, 8 or 9, behind the seam of `vigie/store/engine.py`.

For teams on Elasticsearch 8 and 9 (`[store] client = "elasticsearch"`). It speaks only to servers
that call themselves Elasticsearch; opensearch-py serves every other.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from vigie.errors import Prerequisite, StoreError
from vigie.store.engine import (
    BUSY,
    CONNECTIONS,
    FULL,
    Access,
    Away,
    authorization,
    busy,
    distrusted,
    refused,
    tls_of,
    unheard,
)


class ElasticTransport:
    """The official client; it tries each node once: `Engine` is the patient one."""

    def __init__(self, access: Access) -> None:
        try:
            from elasticsearch import Elasticsearch, JsonSerializer
        except ImportError as error:
            raise Prerequisite(
                "the elasticsearch client is not installed",
                where="[store] client",
                do="install elasticsearch 8 or 9, whichever the cluster is",
            ) from error

        class Answers(JsonSerializer):
            """Answers read by orjson."""

            def json_loads(self, data: bytes) -> Any:
                return orjson.loads(data)

        options: dict[str, Any] = {}
        if context := tls_of(access):
            options["ssl_context"] = context
        logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # as what is asked again
        self._where = ", ".join(access.urls)
        self._client = Elasticsearch(
            [with_port(url) for url in access.urls],
            serializer=Answers(),
            headers=authorization(access),
            connections_per_node=CONNECTIONS,
            request_timeout=access.timeout_s,
            max_retries=len(access.urls) - 1,  # the other nodes, at once
            retry_on_status=(),
            dead_node_backoff_factor=1,
            max_dead_node_backoff=1,
            **options,
        )

    def send(
        self, method: str, path: str, params: Mapping[str, str], body: bytes | None, ndjson: bool
    ) -> Any:
        from elasticsearch import (
            ApiError,
            SerializationError,
            TransportError,
            UnsupportedProductError,
        )

        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/x-ndjson" if ndjson else "application/json"
        try:
            return self._client.perform_request(
                method, path, params=params, headers=headers, body=body
            ).body
        except UnsupportedProductError as error:
            raise StoreError(
                "this is no Elasticsearch that the official client speaks to",
                where=self._where,
                do='[store] client = "opensearch"',
            ) from error
        except ApiError as error:
            if error.meta.status in BUSY and FULL not in str(error.body):
                raise busy(error.meta.status, error.body) from error
            answer = refused(error.meta.status, error.body, self._where)
            if error.meta.status == 406 or answer.kind == "media_type_header_exception":
                answer.do = "install the elasticsearch client of the cluster's own major version"
            raise answer from error
        except SerializationError as error:
            raise Away("an answer that cannot be read") from error
        except TransportError as error:
            told = distrusted(error.message, self._where)
            raise told or unheard(error, *error.errors) from error

    def close(self) -> None:
        self._client.close()


def with_port(url: str) -> str:
    """The address with its port said, as the client wants it."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 9200)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{port}{parts.path}"
