"""How Google's APIs refuse: one shape of error for all of them."""

from __future__ import annotations

from typing import Any

from vigie.demo.sites.reply import Reply

INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def error(
    status: int, message: str, *, code: str = "", reason: str = "", old: str = "", domain: str = ""
) -> Reply:
    """An error: `code` is the canonical one (UNAUTHENTICATED), `reason` that of ErrorInfo, `old`
    the reason of the API itself, in `domain`."""
    body: dict[str, Any] = {"code": status, "message": message}
    if old:
        body["errors"] = [{"message": message, "domain": domain or "global", "reason": old}]
    if code:
        body["status"] = code
    if reason:
        body["details"] = [{"@type": INFO, "reason": reason, "domain": "googleapis.com"}]
    return Reply.json(status, {"error": body})
