"""The platforms of the simulated world, each behind its own API; made when it is first asked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from vigie.demo.sites.reply import Site

_SITES = {
    "bluesky": "BlueskySite",
    "facebook": "FacebookSite",
    "google_analytics": "GoogleAnalyticsSite",
    "hackernews": "HackerNewsSite",
    "instagram": "InstagramSite",
    "linkedin": "LinkedInSite",
    "mastodon": "MastodonSite",
    "meta": "MetaSite",
    "pinterest": "PinterestSite",
    "reddit": "RedditSite",
    "telegram": "TelegramSite",
    "threads": "ThreadsSite",
    "tiktok": "TikTokSite",
    "x": "XSite",
    "youtube": "YouTubeSite",
}
NAMES = tuple(_SITES)
PRESS = "press"  # many sites behind one name


def kind(name: str) -> Any:
    """The class of a platform, or of the press. Raises KeyError where there is none of the name."""
    found = "PressSite" if name == PRESS else _SITES[name]
    return getattr(import_module(f"vigie.demo.sites.{name}"), found)


def make(name: str, town: Any) -> Site:
    """A platform's site over a town."""
    return cast("Site", kind(name)(town))
