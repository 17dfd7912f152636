"""A store's indices in a cluster: templates, mappings and settings, brought up to what this version
writes."""

from __future__ import annotations

import hashlib
from typing import Any

from vigie.errors import StoreError
from vigie.store.engine import Engine, Refused
from vigie.store.naming import FIRST, Names
from vigie.store.templates import render, templates

OLDEST = {"opensearch": (2, 0), "elasticsearch": (7, 10)}


def prepare(engine: Engine, names: Names, timezone: str, *, read_only: bool) -> None:
    """Makes what is missing, and brings up what another version left; several workers may do it at
    once. Raises StoreError for a server that is too old, another period, and, read-only, for a
    store that is not there."""
    place = f"/{names.prefix}-settings/_doc/store"
    held = engine.request("GET", place, ok=(404,))
    settings: dict[str, Any] | None = None
    if held is not None:
        try:
            settings = held["_source"]["settings"]
        except (KeyError, TypeError) as error:
            raise _no_engine(engine) from error
    wanted = {"timezone": timezone, "period": names.period, "shape": shape_of(names)}
    if read_only:
        if settings is None:
            raise StoreError(
                f"there is no store named {names.prefix!r} yet",
                where=engine.where,
                do="vigie run, vigie import",
            )
        return
    if settings == wanted and not _lacks(engine, names):
        return
    period = (settings or {}).get("period", names.period)
    if period != names.period:
        raise StoreError(
            f"its indices span a {period}, not a {names.period}",
            where=engine.where,
            do=f'[store] period = "{period}", or another prefix and vigie rebuild',
        )
    _known(engine)
    _install(engine, names)
    if stray := _strays(engine, names):
        raise StoreError(
            f"made while its template was missing: {', '.join(stray)}",
            where=engine.where,
            do=f"DELETE /{','.join(stray)} in the cluster, then vigie rebuild",
        )
    if settings == wanted:
        return
    if settings is not None:
        from zoneinfo import ZoneInfo

        from vigie.store.checking import derive_anew

        derive_anew(engine, names, ZoneInfo(timezone))
    engine.request("PUT", place, params={"refresh": "true"}, body={"settings": wanted})


def shape_of(names: Names) -> str:
    """What tells one layout of the documents from another."""
    whole = "".join(render(body) for body in templates(names.prefix).values())
    return hashlib.blake2b(whole.encode(), digest_size=6).hexdigest()


def _known(engine: Engine) -> None:
    try:
        version = engine.request("GET", "/")["version"]
        name = version.get("distribution", "elasticsearch")
        major, minor = (int(part) for part in version["number"].split(".")[:2])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_engine(engine) from error
    if (major, minor) < OLDEST.get(name, (0, 0)):
        oldest = ".".join(map(str, OLDEST[name]))
        raise StoreError(
            f"{name} {version['number']} is too old", where=engine.where, do=f"{oldest} or later"
        )


def _no_engine(engine: Engine) -> StoreError:
    return StoreError(
        "what answers is no OpenSearch and no Elasticsearch",
        where=engine.where,
        do="see whether [store] url is the cluster's own address",
    )


def _lacks(engine: Engine, names: Names) -> bool:
    """Whether an index template is missing: a cluster's snapshot brings indices back without them,
    and an index made then is none that anything looks into."""
    asked = {"filter_path": "index_templates.name"}
    told = engine.request("GET", "/_index_template", params=asked, ok=(403,))
    if told is None:  # whoever may not see them made none
        return False
    held = {one["name"] for one in told.get("index_templates", ())}
    wanted = {file.removesuffix(".json") for file in templates(names.prefix)
              if not file.endswith(".component.json")}  # fmt: skip
    return not wanted <= held


def _strays(engine: Engine, names: Names) -> list[str]:
    """Indices of posts and samples outside their alias, which have no mapping of ours."""
    found: list[str] = []
    for alias in (names.posts, names.metrics):
        told = engine.request("GET", f"/{alias}-*/_alias")
        found += (index for index, held in told.items()
                  if alias not in held["aliases"] and names.end_of(index) is not None)  # fmt: skip
    return sorted(found)


def _install(engine: Engine, names: Names) -> None:
    bodies = templates(names.prefix)
    for file, body in bodies.items():
        if file.endswith(".component.json"):
            name = file.removesuffix(".component.json")
            engine.request("PUT", f"/_component_template/{name}", body=body)
    mappings: dict[str, Any] = {}
    for file, body in bodies.items():
        if not file.endswith(".component.json"):
            name = file.removesuffix(".json")
            engine.request("PUT", f"/_index_template/{name}", body=body)
            mappings[name] = body["template"]["mappings"]
    # So that the aliases answer before the first post; all others come with their first document.
    for index in (names.posts_of(FIRST), names.metrics_of(FIRST)):
        try:
            engine.request("PUT", f"/{index}", body={})
        except Refused as error:
            if error.kind != "resource_already_exists_exception":
                raise
    for name, mapping in mappings.items():
        # An alias or an index by that name, where it is there already: fields are added.
        body = {"properties": mapping["properties"]}
        engine.request("PUT", f"/{name}/_mapping", body=body, ok=(404,))
