"""What a target's answers say of its source: broken is told apart from silent.

The reason of a SourceRun begins with one of these keys; more may follow after a colon:
`connection refused`, `unknown host`, `time-out`, `connection lost`, `HTTP 503`, `login page`,
`HTML instead of data`, `empty answer`, `unknown shape`, `crawler error`, `time limit`,
`robots.txt`, `missing key`, `budget`, `rate limit`, `page limit`, `repeated page`.
"""

from __future__ import annotations

import re

from vigie.errors import MappingError
from vigie.sources import Answer, Call, Crawler, Target

GONE = frozenset({404, 410})
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password", re.I)
_LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|auth|checkpoint|sso)\b", re.I)


def fault_of(
    crawler: Crawler, target: Target, call: Call, answer: Answer, depth: int
) -> str | None:
    """Why an answer shows a broken source, None where it does not. `depth` is 1 for a target's
    first calls. A crawler may add what it knows: `healthy(answer) -> str | None` names a fault of
    its own, `expects` maps an endpoint to error statuses that are ordinary answers there."""
    healthy = getattr(crawler, "healthy", None)
    told: str | None = healthy(answer) if healthy else None
    if told:
        return told
    if answer.status < 300:
        return _fault_of_page(target, call, answer) if depth == 1 or not call.web else None
    linked = depth > 1 and (call.web or answer.status in GONE)  # gone, but not the source's fault
    refreshed = target.kind == "refresh" and answer.status in GONE
    expected = answer.status in getattr(crawler, "expects", {}).get(answer.endpoint, ())
    return None if linked or refreshed or expected else f"HTTP {answer.status}"


def _fault_of_page(target: Target, call: Call, answer: Answer) -> str | None:
    """HTML where data was asked for; a web page may be HTML, but not a form for a password that a
    redirect led to. No body at all is no silence either."""
    if answer.status == 200 and not answer.body.strip():
        return "empty answer"
    head = answer.body[:2048]
    if not _HTML.match(head):
        return None
    login = _PASSWORD.search(answer.body) is not None
    moved = answer.url != answer.request_url and _LOGIN_PATH.search(answer.url) is not None
    if call.web and target.kind != "feed":
        return "login page" if login and moved else None
    return "login page" if login or moved else "HTML instead of data"


def passes(reason: str | None) -> bool:
    """Whether a fault may pass by itself: the network, or a server in trouble."""
    told = reason or ""
    return told.startswith(("connection ", "unknown host", "time-out", "HTTP 5"))


def probe(crawler: Crawler, target: Target, answer: Answer) -> bool:
    """Whether a page holds anything, as its crawler maps it. Raises MappingError for an unknown
    shape."""
    try:
        mapped = answer.once("records", lambda: crawler.map(answer))
    except MappingError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise MappingError(
            f"{type(error).__name__} in the mapper", where=answer.endpoint, do="report it"
        ) from error
    return mapped.items(target.key) > 0
