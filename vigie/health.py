"""What a target's answers say of its source: broken is told apart from silent.

The reason of a SourceRun begins with one of these keys; more may follow after a colon:
`connection refused`, `unknown host`, `time-out`, `connection lost`, `HTTP 503`, `login page`,
`consent page`, `HTML instead of data`, `empty answer`, `suspiciously empty`, `suspiciously gone`,
`unknown shape`, `unknown API version`, `token lapsed`, `approval revoked`, `approval missing`,
`unknown account`, `private account`, `error in a 200`, `crawler error`, `time limit`,
`robots.txt`, `missing key`, `budget`, `rate limit`, `page limit`,
`repeated page`. vigie/faults.py has the words for each.

What a crawler may say of its health, all optional:

    healthy(answer) -> str | None    a fault that only this platform's answers tell, by a key above
    expects: Mapping[str, tuple]     endpoint → error statuses that are ordinary answers there
    least: Mapping[str, int]         endpoint → records that each answer of it holds, at the least
    data: frozenset[str]             endpoints of web hosts that answer data, no pages
    lists: frozenset[str]            endpoints whose first page shows an account's newest posts,
                                     whatever was read before: one that is empty is doubted

What is known of OAuth (RFC 6749, RFC 6750), of HTML and of HTTP is recognised here for all.
"""

from __future__ import annotations

import re
from typing import Any

from vigie.errors import MappingError
from vigie.sources import Answer, Call, Crawler, Mapped, Target

GONE = frozenset({404, 410})
DETAILS = 120  # characters of a platform's own words
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password", re.I)
_LOGIN_PLACE = re.compile(
    r"^https?://(?:login|accounts|signin|sso|auth)\.|"
    r"/(?:log-?in|sign-?in|auth|checkpoint|sso|oauth2?/authorize)\b",
    re.I,
)
_CONSENT_PLACE = re.compile(
    r"^https?://(?:consent|guce|cmp|privacy-?mgmt)\.|/(?:cookie-?)?(?:consent|collectConsent)\b",
    re.I,
)
_CONSENT = re.compile(
    rb"<form\b[^>]*\b(?:action|id|class|name)\s*=\s*[\"'][^\"']*consent|"
    rb"\b(?:onetrust|didomi|sp_message_container|cookie-?consent|consent-?(?:form|page|wall))\b",
    re.I,
)
_EMPTY = (b"", b"{}", b'""')  # no body, or a value of which no platform makes an answer
_ENVELOPE = frozenset(
    {
        "code", "description", "detail", "details", "error", "error_code", "error_description",
        "error_type", "errors", "fbtrace_id", "log_id", "message", "ok", "reason", "request_id",
        "requestId", "status", "status_code", "statusCode", "success", "timestamp", "title",
        "trace_id", "type",
    }
)  # fmt: skip
_FINE = frozenset({"ok", "0", "success", "none"})  # codes of errors that are none
_VERSION = re.compile(
    r"\bversion\b.{0,60}\b(?:not active|inactive|deprecated|(?:un|not )supported|no longer|sunset|"
    r"retired|unknown|does(?:n.t| not) exist)|"
    r"\b(?:unsupported|nonexistent|deprecated|unknown|invalid)[ _](?:api[ _])?version\b",
    re.I | re.S,
)
_REVOKED = re.compile(r"\b(?:revoked|withdrawn|deauthori[sz]ed|invalid_grant)\b", re.I)
_SCOPE = re.compile(
    r"\b(?:insufficient_?scopes?|insufficient permissions?|missing scopes?)\b", re.I
)
_LAPSED = re.compile(
    r"\binvalid_token\b|\b(?:access )?token\b.{0,40}\b(?:expired|invalid|lapsed)\b|"
    r"\b(?:expired|invalid)(?: access)?[ _]?token\b",
    re.I | re.S,
)


def fault_of(
    crawler: Crawler,
    target: Target,
    call: Call,
    answer: Answer,
    depth: int,
    *,
    signed: bool = False,
) -> str | None:
    """Why an answer shows a broken source, None where it does not. `depth` is 1 for a target's
    first calls, `signed` whether the call carried a key. The crawler's own word comes first."""
    healthy = getattr(crawler, "healthy", None)
    told: str | None = healthy(answer) if healthy else None
    if told:
        return told
    if answer.status < 300:
        page = depth == 1 or not call.web
        return _fault_of_page(crawler, target, call, answer, depth) if page else None
    linked = depth > 1 and (call.web or answer.status in GONE)  # gone, but not the source's fault
    refreshed = target.kind == "refresh" and answer.status in GONE
    expected = answer.status in getattr(crawler, "expects", {}).get(answer.endpoint, ())
    if linked or refreshed or expected:
        return None
    return _fault_of_error(crawler, target, call, answer, depth, signed)


def _fault_of_page(
    crawler: Crawler, target: Target, call: Call, answer: Answer, depth: int
) -> str | None:
    """HTML where data was asked for; a web page may be HTML, but not a form for a password or a
    consent that a redirect led to. No body at all is no silence either, nor an error in it."""
    if answer.status == 200:
        bare = answer.body.strip() if len(answer.body) < 64 else answer.body
        if bare in _EMPTY and (not bare or (depth == 1 and target.kind != "refresh")):
            return "empty answer"
    if fault := _fault_of_html(crawler, call, target, answer):
        return fault
    if answer.status == 200 and answer.body and _is_no_json(answer):
        return "unknown shape: the body is no JSON"
    if call.web or answer.body.lstrip()[:1] != b"{":
        return _too_little(crawler, answer)
    error = _error_in(answer)
    if error is not None and not _holds_something(crawler, answer):
        return f"error in a 200: {error}" if error else "error in a 200"
    return _too_little(crawler, answer)


def _fault_of_html(crawler: Crawler, call: Call, target: Target, answer: Answer) -> str | None:
    data: frozenset[str] = getattr(crawler, "data", frozenset())
    if not _HTML.match(answer.body[:2048]):
        return None
    login = _PASSWORD.search(answer.body) is not None
    moved = answer.url != answer.request_url
    # Pages have forms and banners of their own.
    if call.web and target.kind != "feed" and answer.endpoint not in data:
        if moved and _CONSENT_PLACE.search(answer.url):
            return "consent page"
        return "login page" if login and moved and _LOGIN_PLACE.search(answer.url) else None
    if (moved and _CONSENT_PLACE.search(answer.url)) or (
        not login and _CONSENT.search(answer.body)
    ):
        return "consent page"
    if login or (moved and _LOGIN_PLACE.search(answer.url)):
        return "login page"
    return "HTML instead of data"


def _is_no_json(answer: Answer) -> bool:
    """Whether a body is called JSON and cannot be read as such: it was cut on its way, and what it
    held has to be asked for again."""
    if "json" not in answer.headers.get("content-type", ""):
        return False
    try:
        answer.json()
    except ValueError:
        return True
    return False


def _fault_of_error(
    crawler: Crawler, target: Target, call: Call, answer: Answer, depth: int, signed: bool
) -> str:
    """What an answer with a status of 300 or more tells."""
    told = f"HTTP {answer.status}"
    if answer.status < 400:
        place = answer.headers.get("location", "")
        if _CONSENT_PLACE.search(place):
            return f"consent page: {told}"
        return f"login page: {told}" if _LOGIN_PLACE.search(place) else told
    if answer.status >= 500:
        return told
    if _HTML.match(answer.body[:2048]):
        if answer.status in (401, 403) and not call.web:
            page = _fault_of_html(crawler, call, target, answer)
            return f"{page}: {told}" if page in ("login page", "consent page") else told
        return told
    words = f"{answer.headers.get('www-authenticate', '')} {_words(answer)}"
    if answer.status == 426 or _VERSION.search(words):
        return f"unknown API version: {told}"
    if answer.status in (400, 401, 403):
        if named := token_fault(words):
            return f"{named}: {told}"
        keyed = bool(crawler.requires) or bool(getattr(crawler, "keys", ()))
        if answer.status == 401 and (signed or keyed):
            return f"token lapsed: {told}" if signed else f"missing key: {told}"
        if answer.status == 403 and signed:
            return f"approval missing: {told}"
    if answer.status in GONE and depth == 1 and target.kind == "account":
        return f"unknown account: {told}"
    return told


def token_fault(words: str) -> str | None:
    """What the words of an OAuth error say of the token, by a key of this module; None: nothing."""
    if _SCOPE.search(words):
        return "approval missing"
    if _REVOKED.search(words):
        return "approval revoked"
    return "token lapsed" if _LAPSED.search(words) else None


def _words(answer: Answer) -> str:
    """The words of an error's body, "" where it is no JSON object."""
    try:
        document = answer.json() if answer.body.lstrip()[:1] == b"{" else None
    except ValueError:
        return ""
    return " ".join(_texts(document)) if isinstance(document, dict) else ""


def _texts(document: dict[str, Any], deep: int = 2) -> list[str]:
    found: list[str] = []
    for key, value in document.items():
        if isinstance(value, str) and key in _ENVELOPE:
            found.append(value)
        elif deep and isinstance(value, dict) and key in _ENVELOPE:
            found += _texts(value, deep - 1)
        elif deep and isinstance(value, list) and key in _ENVELOPE:
            found += [text for one in value[:5] if isinstance(one, dict) for text in _texts(one, 0)]
    return found


def detail(text: str) -> str:
    """A platform's own words as a detail of a reason: one line, printable, not long."""
    line = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    return line if len(line) <= DETAILS else f"{line[: DETAILS - 1]}…"


def _error_in(answer: Answer) -> str | None:
    """The words of an error that is all a body holds; None where it holds none, or more."""
    try:
        document = answer.json()
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    filled = {key for key, value in document.items() if value not in (None, {}, [], "")}
    if not filled or not filled <= _ENVELOPE:
        return None
    error = document.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if str(code if code is not None else error).lower() in _FINE and "errors" not in filled:
        error = None
    failed = document.get("ok") is False or document.get("success") is False
    if not (error or document.get("errors") or failed or _is_error(document)):
        return None
    return detail(" ".join(dict.fromkeys(_texts(document))))


def _is_error(document: dict[str, Any]) -> bool:
    told = (document.get(name) for name in ("status", "status_code", "statusCode", "code"))
    return any(isinstance(code, int) and 400 <= code < 600 for code in told)


def _holds_something(crawler: Crawler, answer: Answer) -> bool:
    """Whether a body has records all the same: of many items some may be errors."""
    try:
        return _records(records_of(crawler, answer)) > 0
    except MappingError:
        return False


def _too_little(crawler: Crawler, answer: Answer) -> str | None:
    """Whether an answer holds fewer records than its endpoint always gives."""
    least = getattr(crawler, "least", {}).get(answer.endpoint, 0)
    if not least or answer.status != 200:
        return None
    try:
        return "empty answer" if _records(records_of(crawler, answer)) < least else None
    except MappingError:
        return None  # told as such by `probe`


def _records(mapped: Mapped) -> int:
    parts = (mapped.posts, mapped.accounts, mapped.samples, mapped.tombstones)
    return sum(len(part) for part in parts)


def passes(reason: str | None) -> bool:
    """Whether a fault may pass by itself: the network, or a server in trouble."""
    told = reason or ""
    return told.startswith(("connection ", "unknown host", "time-out", "HTTP 5"))


def records_of(crawler: Crawler, answer: Answer) -> Mapped:
    """What its crawler makes of an answer, read once. Raises MappingError for an unknown shape."""
    try:
        return answer.once("records", lambda: crawler.map(answer))
    except MappingError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise MappingError(
            f"{type(error).__name__} in the mapper", where=answer.endpoint, do="report it"
        ) from error


def probe(crawler: Crawler, target: Target, answer: Answer) -> bool:
    """Whether a page holds anything, as its crawler maps it. Raises MappingError for an unknown
    shape."""
    mapped = records_of(crawler, answer)
    return mapped.items(target.key) > 0
