"""What a post's address tells: platform, id there, author; and what its id tells: when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import unquote, urlsplit

PLATFORMS = {
    "twitter": "x", "x (twitter)": "x", "x": "x", "facebook": "facebook", "instagram": "instagram",
    "threads": "threads", "linkedin": "linkedin", "youtube": "youtube", "tiktok": "tiktok",
    "pinterest": "pinterest", "reddit": "reddit", "bluesky": "bluesky", "mastodon": "mastodon",
    "telegram": "telegram", "news": "news", "blog": "news", "blogs": "news", "online news": "news",
    "editorial": "news", "hacker news": "hackernews",
}  # fmt: skip
_HOSTS = {
    "x.com": "x", "twitter.com": "x", "facebook.com": "facebook", "fb.com": "facebook",
    "fb.watch": "facebook", "instagram.com": "instagram", "threads.net": "threads",
    "threads.com": "threads", "linkedin.com": "linkedin", "youtube.com": "youtube",
    "youtu.be": "youtube", "tiktok.com": "tiktok", "tiktokv.com": "tiktok",
    "pinterest.com": "pinterest", "reddit.com": "reddit", "redd.it": "reddit",
    "bsky.app": "bluesky", "t.me": "telegram", "news.ycombinator.com": "hackernews",
}  # fmt: skip
_URN = re.compile(r"urn:li:(?:activity|share|ugcPost):\d+")
_LINKEDIN_SLUG = re.compile(r"-(activity|share|ugcPost)-(\d{15,})")
_IDS = {
    "x": re.compile(r"/status(?:es)?/(\d+)"),
    "tiktok": re.compile(r"/(?:video|photo)/(\d{6,})"),
    "youtube": re.compile(r"(?:[?&]v=|youtu\.be/|/shorts/|/live/|/embed/)([\w-]{11})(?![\w-])"),
    "pinterest": re.compile(r"/pin/(?:[^/?#]*--)?(\d+)"),
}
_REDDIT = re.compile(r"/comments/([a-z0-9]+)(?:/[^/?#]*/([a-z0-9]+))?", re.I)
_PERSON = re.compile(r"/(?:in|company|showcase|school|@|user|u|c)/?([^/?#]+)")
_X_EPOCH = 1288834974657  # ms
_FROM = datetime(2006, 1, 1, tzinfo=UTC)


def platform_of(given: str, url: str | None) -> str | None:
    """The platform that a tool names ("Facebook Page"), else that of an address; None where neither
    tells."""
    given = given.strip().casefold()
    if given in PLATFORMS:
        return PLATFORMS[given]
    if given:
        word = re.split(r"[\s_\-]+", given)[0]  # "Facebook Page", "facebook_public"
        if word in PLATFORMS:
            return PLATFORMS[word]
        if "." in given and (host := _of_host(given.removeprefix("www."))):
            return host
        return re.sub(r"[^a-z0-9]+", "", word) or "other"
    return _of_host(_host(url)) if url else None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # brackets that are no address
        return ""


@lru_cache(maxsize=1024)
def _of_host(host: str) -> str | None:
    for suffix, platform in _HOSTS.items():
        if host == suffix or host.endswith(f".{suffix}"):
            return platform
    labels = host.split(".")
    # fr.pinterest.com is found above; pinterest.fr and amazon's like are countries' own
    return "pinterest" if "pinterest" in labels[:2] and len(labels) <= 4 else None


def id_in(url: str, platform: str) -> str | None:
    """The platform's own id in an address of a post."""
    if platform == "linkedin":
        return urn_in(unquote(url))
    if platform == "reddit":
        if found := _REDDIT.search(url):
            return f"t1_{found[2]}" if found[2] else f"t3_{found[1]}"
        return None
    pattern = _IDS.get(platform)
    found = pattern.search(url) if pattern else None
    return found[1] if found else None


def urn_in(text: str) -> str | None:
    """LinkedIn's name of a post, in an address or a longer name."""
    if found := _URN.search(text):
        return found[0]
    slug = _LINKEDIN_SLUG.search(text)
    return f"urn:li:{slug[1]}:{slug[2]}" if slug else None


def handle_in(told: str) -> str | None:
    """A handle: without '@', and of a profile's address what names the person; None where the
    address is none."""
    if "://" not in told:
        return told.lstrip("@").strip() or None
    try:
        path = urlsplit(told).path
    except ValueError:  # brackets that are no address
        return None
    if found := _PERSON.search(path):
        return unquote(found[1]).lstrip("@") or None
    last = path.strip("/").rpartition("/")[2]
    return unquote(last).lstrip("@") or None


def time_in(id: str, platform: str) -> datetime | None:
    """When a post was made by its id: X's and LinkedIn's hold milliseconds, TikTok's seconds."""
    digits = re.search(r"\d{15,19}$", id)
    if not digits:
        return None
    number = int(digits[0])
    if platform == "x":
        milliseconds = (number >> 22) + _X_EPOCH
    elif platform == "linkedin":
        milliseconds = number >> 22
    elif platform == "tiktok":
        milliseconds = (number >> 32) * 1000
    else:
        return None
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
    return moment if moment >= _FROM else None
