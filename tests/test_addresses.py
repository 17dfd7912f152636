"""Addresses of strangers: whatever stands there, nothing ends."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawlers.entries import address_key
from vigie.addresses import host_of, joined, parts, web
from vigie.masking import mask_url

PIECES = st.lists(
    st.sampled_from(
        ["http", "https", "://", "//", "[", "]", "@", ":", "80", "x", "shop.example", "/", "?", "#",
         "key=", "secret", "::1", "℀", "\t", " ", "%", "\ud800"]
    )
    | st.characters(),
    max_size=12,
).map("".join)  # fmt: skip


@given(PIECES, PIECES)
@example("http://[shop", "https://shop.example/℀")
@example("https://shop℀.example/", "http://shop.example:abc/")
@example("http://shop.example:99999/", "//[")
def test_any_text_is_read(one: str, other: str) -> None:
    for told in (one, other, joined(one, other)):
        parts(told), address_key(told), host_of(told), mask_url(told)
        shown = web(told)
        assert not shown or shown.lower().startswith(("http://", "https://")), shown


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.shop.example:8080/a", "shop.example"),
        ("https://[::1]:80/", "::1"),
        ("https://[shop/", None),
        ("https://shop.example:no/", None),
        ("shop.example", None),
        (None, None),
    ],
)
def test_hosts(address: str | None, host: str | None) -> None:
    assert host_of(address) == host
