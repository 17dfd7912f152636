"""Keeps secrets out of all that is written: addresses, headers, bodies, reasons."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

MASK = "***"
SECRET_PARAMETERS = frozenset(
    {
        "access_token", "api_key", "apikey", "api-key", "app_secret", "appsecret_proof",
        "assertion", "auth", "authorization", "client_secret", "code_verifier",
        "fb_exchange_token", "id_token", "jwt", "key", "oauth_signature", "oauth_token", "pass",
        "passwd", "password", "refresh_token", "secret", "session_id", "sessionid", "sig",
        "signature", "subscription-key", "token", "x-api-key",
    }
)  # fmt: skip
KEPT_HEADERS = frozenset(
    {
        "cache-control", "content-language", "content-type", "date", "etag", "last-modified",
        "link", "location", "retry-after", "ratelimit-limit", "ratelimit-policy",
        "ratelimit-remaining", "ratelimit-reset", "tdm-policy", "tdm-reservation",
        "www-authenticate", "x-robots-tag",
        "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset",
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used",
    }
)  # fmt: skip
PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_LOWER = re.compile(r"%[0-9A-F]{2}")
_SHORTEST_BASE64 = 8  # signs; fewer would stand in innocent text
_SHORTEST = 6  # a shorter value is no secret and would mask innocent text
# Links to further pages, and pages' tokens, that a platform writes into its answers.
_TOKEN_IN_BODY = re.compile(
    rb"""((?:access_token|appsecret_proof)(?:=|%3D|"\s*:\s*"))(?:(?!%26)[^&"'\s<>\\])+"""
)


def mask_url(url: str) -> str:
    """The address without user and password, with secret query parameters masked. An address
    that holds none comes back as it was, byte for byte."""
    try:
        parts = urlsplit(url)
    except ValueError:  # `https://[shop?key=…`: what cannot be told apart is not shown
        return f"{url.partition('://')[0]}://{MASK}"
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


def spellings(value: str) -> set[str]:
    """The ways in which a value may stand in an address, in JSON, in HTML, and within base64,
    whatever stands before it there."""
    quoted = {quote(value, safe=""), quote_plus(value), quote(value)}
    forms = {value, *quoted, *(_LOWER.sub(lambda c: c[0].lower(), one) for one in quoted)}
    forms |= {json.dumps(value)[1:-1], json.dumps(value)[1:-1].replace("/", "\\/"), escape(value)}
    raw = value.encode()
    for before in range(3):
        whole = b64encode(b"\0" * before + raw).decode()
        ends = len(whole) if (before + len(raw)) % 3 == 0 else (before + len(raw)) * 8 // 6
        core = whole[-(-before * 8 // 6) : ends]
        if len(core) >= _SHORTEST_BASE64:
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return forms


class Secrets:
    """The secret values of one platform's crawl: fills them into calls, takes them out of all
    that comes back."""

    def __init__(self, names: Iterable[str], environ: Mapping[str, str]) -> None:
        self._values = {name: environ[name] for name in names if environ.get(name)}
        self._spell(self._values.values())

    @classmethod
    def of(cls, values: Iterable[str]) -> Secrets:
        """Secrets without names, to be taken out."""
        made = cls((), {})
        made._spell(values)
        return made

    def _spell(self, values: Iterable[str]) -> None:
        spelled = {form for value in values if len(value) >= _SHORTEST for form in spellings(value)}
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
        return {
            name: self.mask_url(value) if name == "location" else self.mask(value)
            for name, value in headers.items()
            if name in KEPT_HEADERS
        }
