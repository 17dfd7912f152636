"""Keeps secrets out of all that is written: addresses, headers, bodies, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

MASK = "***"
SECRET_PARAMETERS = frozenset(
    {
        "access_token", "api_key", "apikey", "api-key", "app_secret", "appsecret_proof",
        "auth", "authorization", "client_secret", "code_verifier", "id_token", "jwt", "key",
        "oauth_signature", "oauth_token", "pass", "passwd", "password", "refresh_token",
        "secret", "session_id", "sessionid", "sig", "signature", "subscription-key", "token",
        "x-api-key",
    }
)  # fmt: skip
KEPT_HEADERS = frozenset(
    {
        "cache-control", "content-language", "content-type", "date", "etag", "last-modified",
        "link", "retry-after", "ratelimit-limit", "ratelimit-policy", "ratelimit-remaining",
        "ratelimit-reset", "tdm-policy", "tdm-reservation", "x-robots-tag",
        "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset",
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used",
    }
)  # fmt: skip
PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_SHORTEST = 6  # a shorter value is no secret and would mask innocent text
# Links to further pages, and pages' tokens, that a platform writes into its answers.
_TOKEN_IN_BODY = re.compile(
    rb"""((?:access_token|appsecret_proof)(?:=|%3D|"\s*:\s*"))(?:(?!%26)[^&"'\s<>\\])+"""
)


def mask_url(url: str) -> str:
    """The address without user and password, with secret query parameters masked. An address
    that holds none comes back as it was, byte for byte."""
    parts = urlsplit(url)
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        if any(name.lower() in SECRET_PARAMETERS for name, _ in pairs):
            query = urlencode(
                [(n, MASK if n.lower() in SECRET_PARAMETERS else v) for n, v in pairs], safe="*"
            )
    if query == parts.query and "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


class Secrets:
    """The secret values of one platform's crawl: fills them into calls, takes them out of all
    that comes back."""

    def __init__(self, names: Iterable[str], environ: Mapping[str, str]) -> None:
        self._values = {name: environ[name] for name in names if environ.get(name)}
        spelled = {
            form
            for value in self._values.values()
            if len(value) >= _SHORTEST
            for form in (value, quote(value, safe=""), quote_plus(value))
        }
        self._spelled = sorted(spelled, key=len, reverse=True)
        self._bytes = [form.encode() for form in self._spelled]

    def fill(self, text: str) -> str | None:
        """The text with each `${NAME}` replaced by its value; None where one is not set."""
        names = PLACEHOLDER.findall(text)
        if any(name not in self._values for name in names):
            return None
        return PLACEHOLDER.sub(lambda found: self._values[found[1]], text)

    def mask(self, text: str) -> str:
        """The text without any secret value."""
        for value in self._spelled:
            text = text.replace(value, MASK)
        return text

    def mask_url(self, url: str) -> str:
        """The address without secret values and secret parameters."""
        return self.mask(mask_url(url))

    def mask_body(self, body: bytes) -> bytes:
        """The body without any secret value: some platforms put the token into their links, and
        tokens that are not ours as well."""
        for value in self._bytes:
            if value in body:
                body = body.replace(value, MASK.encode())
        if b"access_token" in body or b"appsecret_proof" in body:
            body = _TOKEN_IN_BODY.sub(rb"\1" + MASK.encode(), body)
        return body

    def mask_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The few headers that matter, without secret values."""
        return {name: self.mask(value) for name, value in headers.items() if name in KEPT_HEADERS}
