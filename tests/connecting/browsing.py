"""An HTTP client that plays the browser: it reads the page that asks, and sends its form."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import httpx

FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
ACTION = re.compile(r'<form method="post" action="([^"]*)">')


def decide(url: str, decision: str = "allow") -> httpx.Response:
    """Opens the address, presses a button, and goes where that leads; the last page."""
    with httpx.Client(trust_env=False, follow_redirects=True) as client:
        page = client.get(url)
        form = ACTION.search(page.text)
        if form is None:  # led back at once, or an error
            return page
        fields = {name: unescape(value) for name, value in FIELD.findall(page.text)}
        return client.post(unescape(form[1]), data={**fields, "decision": decision})


def led(url: str, decision: str = "allow") -> str:
    """The address that the platform leads to, which nobody opens."""
    with httpx.Client(trust_env=False) as client:
        page = client.get(url)
        form = ACTION.search(page.text)
        assert form is not None, page.text
        fields = {name: unescape(value) for name, value in FIELD.findall(page.text)}
        answer = client.post(unescape(form[1]), data={**fields, "decision": decision})
        return answer.headers["location"]


def asked(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(httpx.QueryParams(urlsplit(url).query))
