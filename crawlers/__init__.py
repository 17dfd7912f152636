"""One platform, one file: what is collected there, from where, under which terms (DESIGN.md §4).

`names()` tells which platforms can be crawled, `load(name)` gives a platform's crawler; its module
is imported only then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from vigie.errors import ConfigError

if TYPE_CHECKING:
    from vigie.sources import Crawler

_NAMES = (
    "bluesky",
    "facebook",
    "feeds",
    "google_analytics",
    "hackernews",
    "instagram",
    "linkedin",
    "mastodon",
    "meta",
    "news",
    "pinterest",
    "reddit",
    "telegram",
    "threads",
    "tiktok",
    "x",
    "youtube",
)


def names() -> tuple[str, ...]:
    """The platforms that can be crawled."""
    return _NAMES


@cache
def load(name: str) -> Crawler:
    """A platform's crawler. Raises ConfigError where there is none."""
    if name not in _NAMES:
        raise ConfigError(f"no crawler reads {name}", do=f"take {', '.join(_NAMES)}, or import")
    return cast("Crawler", import_module(f"crawlers.{name}").CRAWLER)


class _Crawlers(Mapping[str, "Crawler"]):
    def __getitem__(self, name: str) -> Crawler:
        if name not in _NAMES:
            raise KeyError(name)
        return load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


CRAWLERS: Mapping[str, Crawler] = _Crawlers()
