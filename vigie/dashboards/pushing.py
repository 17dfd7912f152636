"""Saved objects into a running OpenSearch Dashboards or Kibana, through its import API.

The API answers 200 even where it took nothing, so that `success` is what counts. Objects that are
there already are replaced: pushing twice leaves what pushing once leaves.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from vigie.errors import ConfigError, DashboardsError

USER, PASSWORD, API_KEY, CA = (
    "VIGIE_DASHBOARDS_USER", "VIGIE_DASHBOARDS_PASSWORD", "VIGIE_DASHBOARDS_API_KEY",
    "VIGIE_DASHBOARDS_CA",
)  # fmt: skip
PATH = "/api/saved_objects/_import"
# OpenSearch Dashboards asks for the one, Kibana for the other, and neither minds both.
HEADERS = {"osd-xsrf": "true", "kbn-xsrf": "true"}
TIMEOUT_S = 60.0
_EXAMPLE = "write https://host:5601"
_DO = {
    400: "OpenSearch Dashboards from 2 on and Kibana from 7.10 on take these objects",
    401: f"set {USER} and {PASSWORD}, or {API_KEY}",
    403: "let that user write saved objects",
    404: "give the address that a browser shows, with its base path and space",
    413: "raise the server's savedObjects.maxImportPayloadBytes",
    422: "its version is older than 7.10: use a newer one",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Where a Dashboards is and how one is let in. Its text shows no secret."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca: Path | None = None  # certificate authority of the server, PEM; None: the system's


@dataclass(frozen=True, slots=True)
class Failure:
    """An object that was not taken."""

    kind: str  # of the object
    id: str
    error: str  # missing_references, conflict, unsupported_type …
    detail: str = ""  # what it lacks, or what the server says


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of the objects of a file."""

    taken: int
    failures: tuple[Failure, ...] = ()


def access(url: str, environ: Mapping[str, str]) -> Access:
    """The address and, from the environment, how one is let in. Raises ConfigError."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"no address: {error}", where="URL", do=_EXAMPLE) from error
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ConfigError("no address of a Dashboards", where="URL", do=_EXAMPLE)
    if parts.userinfo:
        raise ConfigError("a user or password in an address is seen by others", where="URL",
                          do=f"set {USER} and {PASSWORD}")  # fmt: skip
    user, password, api_key, ca = (environ.get(name) for name in (USER, PASSWORD, API_KEY, CA))
    if bool(user) != bool(password):
        raise ConfigError(
            "a user goes with a password", where=USER, do=f"set {USER} and {PASSWORD}"
        )
    if ca and not Path(ca).is_file():
        raise ConfigError(f"no file {ca}", where=CA, do="name the certificate authority's PEM file")
    return Access(
        url.rstrip("/"), user or None, password or None, api_key or None, Path(ca) if ca else None
    )


def push(name: str, content: str, into: Access) -> Pushed:
    """Imports a file of saved objects, one a line. Raises DashboardsError where none of it could
    be handed over."""
    given = sum(1 for line in content.splitlines() if line)
    told = _answer(_sent(name, content, into), into)
    failures = tuple(map(_failure, told.get("errors", ())))
    taken = int(told.get("successCount", 0))
    if not told["success"] and not failures:
        raise DashboardsError("took no saved object and says not why", where=into.url, do=_DO[400])
    if told["success"] and taken != given:
        raise DashboardsError(f"took {taken} of {given} objects", where=into.url, do=_DO[400])
    return Pushed(taken, failures)


def _sent(name: str, content: str, into: Access) -> httpx.Response:
    headers = dict(HEADERS)
    auth = None
    if into.api_key:
        headers["Authorization"] = f"ApiKey {into.api_key}"
    elif into.user and into.password:
        auth = httpx.BasicAuth(into.user, into.password)
    file = {"file": (f"{name}.ndjson", content.encode(), "application/ndjson")}
    try:
        verify = ssl.create_default_context(cafile=str(into.ca) if into.ca else None)
        with httpx.Client(auth=auth, verify=verify, timeout=TIMEOUT_S, trust_env=False) as client:
            return client.post(
                into.url + PATH, params={"overwrite": "true"}, headers=headers, files=file
            )
    except ssl.SSLError as error:
        raise ConfigError(f"cannot read {into.ca}", where=CA, do="a PEM file") from error
    except httpx.TimeoutException as error:
        raise DashboardsError(f"no answer within {TIMEOUT_S:.0f} s", where=into.url) from error
    except httpx.HTTPError as error:
        do = f"is it running? its own certificate authority goes into {CA}"
        raise DashboardsError(f"cannot be reached: {error}", where=into.url, do=do) from error


def _answer(response: httpx.Response, into: Access) -> dict[str, Any]:
    """What the server says, where it is a Dashboards that took the request."""
    if response.is_redirect:
        raise DashboardsError("asks to log in", where=into.url, do=_DO[401])
    try:
        told = response.json()
    except ValueError:
        told = None
    if response.status_code == 200 and isinstance(told, dict) and "success" in told:
        return told
    said = told.get("message") if isinstance(told, dict) else None
    what = f"HTTP {response.status_code}"
    if response.status_code == 200:
        what = "answers, but is neither OpenSearch Dashboards nor Kibana"
    what += f": {said}" if isinstance(said, str) else ""
    raise DashboardsError(what, where=into.url, do=_DO.get(response.status_code, _DO[404]))


def _failure(told: Mapping[str, Any]) -> Failure:
    error = told.get("error", {})
    kind = str(error.get("type", "unknown"))
    lacks = ", ".join(f"{ref['type']} {ref['id']}" for ref in error.get("references", ()))
    return Failure(str(told["type"]), str(told["id"]), kind, lacks or str(error.get("message", "")))
