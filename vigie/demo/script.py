"""The demo's script: at which instants of the nine weeks it crawls, and what it watches.

Brands publish on Mondays and Tuesdays, so that the crawl of each Friday at midnight sees their
posts 54 to 87 hours old: engagement at equal age (72 h) is real. Others lie before and after what
is deleted, and before and after Mastodon's outage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from vigie.connecting.catalogue import BY_VARIABLE, CONNECTIONS
from vigie.demo import sites
from vigie.demo.almanac import DAYS, Almanac
from vigie.demo.grants import Grants
from vigie.demo.networks import number
from vigie.demo.server import Served
from vigie.demo.talk import OWN

MONDAY = 56  # of the last week: then, too, the demo analyses and writes a briefing
# Day of the story, hour, why.
STOPS: tuple[tuple[int, int, str], ...] = (
    *((week * 7 + 4, 0, "weekly") for week in range(8)),  # the last of them: before the deletions
    (54, 12, "after the deletions"),
    (MONDAY, 9, "what is said of the week before: the next briefing tells what became of it"),
    (59, 14, "the last minute of Mastodon"),
    (60, 0, "weekly, without Mastodon"),
    (DAYS, 9, "now"),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """One crawl of the demo."""

    at: datetime
    why: str
    told: bool  # whether it is analysed and told in a briefing, too


def stops(almanac: Almanac) -> tuple[Stop, ...]:
    """The instants at which the demo crawls, in order; the last is now."""
    return tuple(Stop(almanac.instant(day, hour), why, day == MONDAY) for day, hour, why in STOPS)


def watchlist(served: Served, almanac: Almanac, outlets: Iterable[str], lang: str) -> str:
    """The demo's `vigie.toml`, with the addresses at which the world is served; commands and the
    explorer speak `lang` there."""
    text = (files("vigie.demo") / "watchlist.toml").read_text("utf-8")
    feeds = "\n".join(f'    "{served.urls["press"]}/{outlet}/feed.xml",' for outlet in outlets)
    moments = "\n".join(
        f'"{name}" = [{", ".join(f"{day!r}".replace(chr(39), chr(34)) for day in days)}]'
        for name, days in almanac.moments().items()
    )
    numbers = {
        f"{site}_number": number(site, OWN)
        for site in ("linkedin", "google_analytics", "facebook", "instagram")
    }
    given = {
        **served.urls,
        **numbers,
        "feeds": feeds,
        "moments": moments,
        "interface": lang,
    }
    for name, value in given.items():
        text = text.replace(f"@{name}@", value)
    return text


def tokens(seed: int) -> dict[str, str]:
    """What opens the simulated platforms that ask for a token, by environment variable."""
    return {
        connection.variable: f"demo-{hashlib.sha256(f'{seed}/{name}'.encode()).hexdigest()[:24]}"
        for name, connection in CONNECTIONS.items()
        if name in sites.NAMES and sites.kind(name).needs_token
    }


def grants(given: Mapping[str, str]) -> Grants:
    """The platforms' memory of these tokens; they never lapse."""
    found = Grants()
    for variable, token in given.items():
        found.admit(BY_VARIABLE[variable].platform, token)
    return found
