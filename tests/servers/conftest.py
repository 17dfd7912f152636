"""Servers for the contract tests: started once; skipped with the reason where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bluesky as bluesky_network
import mastodon as mastodon_server
from bluesky import Bluesky
from mastodon import Mastodon
from starting import CannotStart


@pytest.fixture(scope="session")
def bluesky() -> Iterator[Bluesky]:
    try:
        with bluesky_network.bluesky() as network:
            yield network
    except CannotStart as reason:
        pytest.skip(f"no Bluesky network: {reason}")


@pytest.fixture(scope="session")
def mastodon() -> Iterator[Mastodon]:
    try:
        with mastodon_server.mastodon(["cafe_lune", "zoe", "marin"]) as server:
            yield server
    except CannotStart as reason:
        pytest.skip(f"no Mastodon server: {reason}")


@pytest.fixture(scope="session")
def strict_mastodon() -> Iterator[Mastodon]:
    """One that refuses after 8 requests within 3 seconds."""
    try:
        with mastodon_server.mastodon(["cafe_lune"], limit=8, window_s=3) as server:
            yield server
    except CannotStart as reason:
        pytest.skip(f"no Mastodon server: {reason}")
