"""What Google's APIs say when they refuse: one error body for all of them, put in the words of
`vigie/health.py`.

The body is `{"error": {code, message, status, errors: [{reason}], details: [{reason}]}}`; the
reasons of `details` are those of `google.api.ErrorReason`, those of `errors` the older ones of each
API.
"""

from __future__ import annotations

from typing import Any

from crawlers.fields import keys
from vigie.health import detail
from vigie.sources import Answer

_LAPSED = keys("ACCESS_TOKEN_EXPIRED API_KEY_EXPIRED keyExpired keyInvalid API_KEY_INVALID")
_REVOKED = keys(
    "ACCESS_TOKEN_TYPE_UNSUPPORTED ACCOUNT_STATE_INVALID USER_BLOCKED_BY_ADMIN CONSUMER_SUSPENDED "
    "CONSUMER_INVALID authenticatedUserAccountSuspended"
)
_UNAPPROVED = keys(
    "SERVICE_DISABLED accessNotConfigured ACCESS_TOKEN_SCOPE_INSUFFICIENT insufficientPermissions "
    "API_KEY_SERVICE_BLOCKED API_KEY_HTTP_REFERRER_BLOCKED API_KEY_IP_ADDRESS_BLOCKED "
    "ipRefererBlocked BILLING_DISABLED USER_PROJECT_DENIED"
)


def body_of(answer: Answer) -> dict[str, Any]:
    """The body as an object, empty where it is none: HTML, half a page, a list."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def reasons(answer: Answer) -> frozenset[str]:
    """The reasons that an error body names, of both kinds."""
    error = _error(answer)
    named = [*(error.get("errors") or ()), *(error.get("details") or ())]
    return frozenset(
        str(one["reason"]) for one in named if isinstance(one, dict) and one.get("reason")
    )


def trouble(answer: Answer) -> str | None:
    """Why an answer shows that the key, the token or an approval is wanting; None where it carries
    no error, or one that is not about who calls."""
    error = _error(answer)
    if not error:
        return None
    named, told = reasons(answer), detail(str(error.get("message") or ""))
    low = told.lower()
    if "unregistered callers" in low or "CREDENTIALS_MISSING" in named:
        return f"missing key: {told}"
    if named & _REVOKED or "api key not found" in low or "revoked" in low:
        return f"approval revoked: {told}"
    if named & _UNAPPROVED:
        return f"approval missing: {told}"
    if named & _LAPSED or answer.status == 401 or error.get("code") == 401:
        return f"token lapsed: {told}"
    return f"error in a 200: {told}" if answer.status < 300 else None


def _error(answer: Answer) -> dict[str, Any]:
    error = body_of(answer).get("error")
    return error if isinstance(error, dict) else {}
