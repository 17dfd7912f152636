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
        "X", "crawled", r"@?[A-Za-z0-9_]{1,15}", "@marque", True,
        "lu par l’API payante avec la clé X_TOKEN, environ 0,005 USD par publication lue ; "
        "recherche des 7 derniers jours ; ni portée ni clics des autres",
        "read through the paid API with the key X_TOKEN, about 0.005 USD per post read; "
        "searches of the last 7 days; no reach and no clicks of others",
    ),
    "youtube": Access(
        "YouTube", "import", _NAME, "@marque", True,
        "clé d’API nécessaire ; importez un export en attendant",
        "needs an API key; import an export meanwhile",
    ),
    "reddit": Access(
        "Reddit", "crawled", r"(/?[ur]/)?[\w\-]{2,21}", "r/velo", True,
        "lu par l’API avec REDDIT_TOKEN : chaque clé demande l’accord de Reddit, l’usage "
        "commercial un contrat ; ni vues ni abonnés des auteurs",
        "read through the API with REDDIT_TOKEN: every key needs Reddit's approval, commercial use "
        "a contract; no views, no followers of authors",
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
        "TikTok", "crawled", r"@?[\w.]{2,24}", "@marque", False,
        "vos comptes seulement, par l’API avec TIKTOK_TOKEN ; concurrents et recherches y sont "
        "réservés à la recherche sans but lucratif, à déclarer par research_use = true ; sinon "
        "importez un export",
        "your own accounts only, through the API with TIKTOK_TOKEN; competitors and searches are "
        "for non-profit research there, declared by research_use = true; else import an export",
    ),
    "linkedin": Access(
        "LinkedIn", "import", _NAME, "marque", False,
        "l’API ne montre que vos propres pages ; importez l’export de la page",
        "the API shows your own pages only; import the page's export",
    ),
    "pinterest": Access(
        "Pinterest", "import", _NAME, "marque", False,
        "l’API ne montre que votre compte ; importez ses statistiques",
        "the API shows your own account only; import its analytics",
    ),
    "telegram": Access(
        "Telegram", "import", _NAME, "@marque", False,
        "les conditions interdisent l’aspiration ; importez l’export JSON de l’application",
        "its terms forbid scraping; import the application's JSON export",
    ),
    "forums": Access(
        "Forums", "import", _WEB, "https://forum.example/", True,
        "suivez leur flux s’il existe, sinon importez un export",
        "follow their feed if there is one, else import an export",
    ),
}  # fmt: skip
