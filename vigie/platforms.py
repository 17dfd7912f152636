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


FIGURES = frozenset({"meta", "google_analytics"})  # own figures: no posts, nobody to mention
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
        "Instagram", "crawled", r"@?[\w.]{1,30}", "@marque", True,
        "comptes professionnels et hashtags (30 par semaine, sans leurs auteurs) ; il faut un"
        " compte professionnel lié à une page, et l’accord de Meta pour les hashtags ; rien des"
        " comptes privés",
        "professional accounts and hashtags (30 a week, without their authors); needs a"
        " professional account linked to a page, and Meta's approval for hashtags; nothing of"
        " private accounts",
    ),
    "facebook": Access(
        "Facebook", "crawled", r"@?[\w.\-]{1,100}", "marque", False,
        "vos pages : posts, commentaires, statistiques ; celles d’autrui, posts et réactions, avec"
        " l’accord de Meta ; ni recherche, ni groupes, ni profils",
        "your pages: posts, comments, insights; pages of others, posts and reactions, with Meta's"
        " approval; no search, no groups, no profiles",
    ),
    "threads": Access(
        "Threads", "crawled", r"@?[\w.]{1,30}", "@marque", True,
        "votre compte : posts, réponses, statistiques ; profils dès 100 abonnés et recherche avec"
        " l’accord de Meta, sans leurs chiffres",
        "your account: posts, answers, insights; profiles from 100 followers on and search with"
        " Meta's approval, without their counts",
    ),
    "meta": Access(
        "Meta Business", "crawled", r"(page|facebook|instagram):\d{3,30}", "page:123456789", False,
        "statistiques par jour de vos pages et comptes Instagram, définitives après 48 heures ; il"
        " faut un jeton de la page",
        "daily figures of your pages and Instagram accounts, settled after 48 hours; needs a token"
        " of the page",
    ),
    "tiktok": Access(
        "TikTok", "import", _NAME, "@marque", False,
        "la veille concurrentielle par l’API est réservée à la recherche ; importez un export",
        "competitor watch through the API is for research only; import an export",
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
