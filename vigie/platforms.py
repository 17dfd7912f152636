"""What each platform lets a listening tool read: crawled, by import, or impossible and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Way = Literal["crawled", "import"]


@dataclass(frozen=True, slots=True)
class Access:
    """How the publications of a brand and talk about it reach Vigie at one platform."""

    title: str  # in French, and in English but for those of `ENGLISH`
    way: Way
    handle: str  # pattern of an account in the watchlist
    example: str
    talk: bool  # whether public talk (words, hashtags) can be read as well
    fr: str
    en: str

    def note(self, lang: str) -> str:
        return self.fr if lang == "fr" else self.en

    def accepts(self, account: str) -> bool:
        return re.fullmatch(self.handle, account) is not None


ENGLISH = {"feeds": "Press and blogs", "news": "News pages"}


def titled(platform: str, lang: str) -> str:
    """What a network is called where it stands alone; the id with a capital where it is unknown."""
    if lang == "en" and platform in ENGLISH:
        return ENGLISH[platform]
    known = PLATFORMS.get(platform)
    return known.title if known else platform.capitalize()


_NAME = r"@?[\w.\-]{1,100}"
_WEB = r"https?://\S+"

PLATFORMS: dict[str, Access] = {
    "bluesky": Access(
        "Bluesky", "crawled", r"@?([a-zA-Z0-9-]+\.)+[a-zA-Z][a-zA-Z0-9-]*|did:[a-z]+:\S+",
        "marque.bsky.social", True,
        "lu par l’API publique, sans clé",
        "read through the public API, no key",
    ),
    "mastodon": Access(
        "Mastodon", "crawled", r"@?[\w.\-]+@[\w.\-]+(:\d+)?", "@marque@piaille.fr", True,
        "lu serveur par serveur, sans clé là où le serveur est ouvert",
        "read server by server, no key where the server is open",
    ),
    "hackernews": Access(
        "Hacker News", "crawled", r"[\w\-]{2,15}", "marque", True,
        "lu par l’API publique, sans clé",
        "read through the public API, no key",
    ),
    "feeds": Access(
        "Presse et blogs", "crawled", _WEB, "https://marque.example/feed.xml", True,
        "flux lus à leur adresse ; aucune interaction n’y figure",
        "feeds read at their address; they carry no engagement",
    ),
    "news": Access(
        "Pages de presse", "crawled", _WEB, "https://journal.example/", True,
        "texte intégral là où robots.txt le permet ; sinon titre et extrait du flux",
        "full text where robots.txt allows it; else the feed's title and excerpt",
    ),
    "x": Access(
        "X", "import", _NAME, "@marque", True,
        "API payante ; importez un export de votre outil ou l’archive du compte",
        "paid API; import your tool's export or the account's archive",
    ),
    "youtube": Access(
        "YouTube", "import", _NAME, "@marque", True,
        "clé d’API nécessaire ; importez un export en attendant",
        "needs an API key; import an export meanwhile",
    ),
    "reddit": Access(
        "Reddit", "import", r"(u/|r/)?[\w\-]{2,21}", "r/velo", True,
        "chaque clé demande l’accord de Reddit ; importez un export",
        "every key needs Reddit's approval; import an export",
    ),
    "instagram": Access(
        "Instagram", "import", _NAME, "@marque", False,
        "accord de Meta nécessaire ; importez l’export de Meta Business Suite ou de votre outil",
        "needs Meta's approval; import the export of Meta Business Suite or of your tool",
    ),
    "facebook": Access(
        "Facebook", "import", _NAME, "marque", False,
        "accord de Meta nécessaire ; importez l’export de Meta Business Suite ou de votre outil",
        "needs Meta's approval; import the export of Meta Business Suite or of your tool",
    ),
    "threads": Access(
        "Threads", "import", _NAME, "@marque", False,
        "accord de Meta nécessaire ; importez un export",
        "needs Meta's approval; import an export",
    ),
    "tiktok": Access(
        "TikTok", "import", _NAME, "@marque", False,
        "la veille concurrentielle par l’API est réservée à la recherche ; importez un export",
        "competitor watch through the API is for research only; import an export",
    ),
    "linkedin": Access(
        "LinkedIn", "crawled", rf"{_NAME}|urn:li:organization:\d+|https?://\S+/company/\S+",
        "marque", False,
        "vos propres pages seulement : publications, réactions, impressions, abonnés gagnés ; il "
        "faut l’accord de LinkedIn (Community Management API) et vigie connect linkedin ; rien des "
        "concurrents, ni le texte des commentaires, que LinkedIn ne laisse pas conserver",
        "your own pages only: posts, reactions, impressions, followers gained; needs LinkedIn's "
        "approval (Community Management API) and vigie connect linkedin; nothing of competitors, "
        "nor the text of comments, which LinkedIn lets nobody keep",
    ),
    "pinterest": Access(
        "Pinterest", "import", _NAME, "marque", False,
        "l’API ne montre que votre compte ; importez ses statistiques",
        "the API shows your own account only; import its analytics",
    ),
    "telegram": Access(
        "Telegram", "crawled", rf"{_NAME}|-100\d+|https://t\.me/\w+", "@marque", False,
        "vos propres canaux seulement, par un robot qui les administre (TELEGRAM_TOKEN), au moins "
        "une fois par jour ; ni vues, ni suppressions, ni passé : importez pour cela l’export JSON "
        "de l’application ; les pages publiques ne sont pas lues, Telegram l’interdit",
        "your own channels only, by a bot that administers them (TELEGRAM_TOKEN), at least once a "
        "day; no views, no deletions, nothing from before: for that import the application's JSON "
        "export; public pages are not read, Telegram forbids it",
    ),
    "forums": Access(
        "Forums", "import", _WEB, "https://forum.example/", True,
        "suivez leur flux s’il existe, sinon importez un export",
        "follow their feed if there is one, else import an export",
    ),
}  # fmt: skip
