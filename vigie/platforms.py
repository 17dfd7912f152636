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


FIGURES_ONLY = frozenset({"meta", "google_analytics"})  # own figures: no posts, nobody to mention
# Shown to their owners alone: of others' accounts nothing is read.
OWNERS = FIGURES_ONLY | {"tiktok", "linkedin", "pinterest", "telegram"}
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
        "YouTube", "crawled", r"@?[\w.\-·]{3,100}", "@marque", True,
        "chaînes, vidéos, vues, mentions J’aime, commentaires, cent recherches par jour ; il faut "
        "une clé d’API gratuite (YOUTUBE_KEY) ; ni partages ni portée",
        "channels, videos, views, likes, comments and a hundred searches a day; needs a free API "
        "key (YOUTUBE_KEY); no shares, no reach",
    ),
    "reddit": Access(
        "Reddit", "crawled", r"(/?[ur]/)?[\w\-]{2,21}", "r/velo", True,
        "lu par l’API avec REDDIT_TOKEN : chaque clé demande l’accord de Reddit, l’usage "
        "commercial un contrat ; ni vues ni abonnés des auteurs",
        "read through the API with REDDIT_TOKEN: every key needs Reddit's approval, commercial use "
        "a contract; no views, no followers of authors",
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
        "TikTok", "crawled", r"@?[\w.]{2,24}", "@marque", False,
        "vos comptes seulement, par l’API avec TIKTOK_TOKEN ; concurrents et recherches y sont "
        "réservés à la recherche sans but lucratif, à déclarer par research_use = true ; sinon "
        "importez un export",
        "your own accounts only, through the API with TIKTOK_TOKEN; competitors and searches are "
        "for non-profit research there, declared by research_use = true; else import an export",
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
        "Pinterest", "crawled", r"@?\w{3,30}", "marque", False,
        "votre compte seulement : épingles, tableaux, statistiques, et les mots recherchés d’un "
        "pays (regions) ; il faut relier le compte (vigie connect pinterest)",
        "your own account only: pins, boards, figures, and a country's trending keywords "
        "(regions); the account has to be connected (vigie connect pinterest)",
    ),
    "telegram": Access(
        "Telegram", "crawled", rf"{_NAME}|-100\d+|https://t\.me/\w+", "@marque", False,
        "vos propres canaux seulement, par un robot qui les administre (TELEGRAM_TOKEN), au moins "
        "une fois par jour ; ni vues ni suppressions ; ce qui est plus ancien, par l’export JSON "
        "de l’application ; les pages publiques ne sont pas lues, Telegram l’interdit",
        "your own channels only, by a bot that administers them (TELEGRAM_TOKEN), at least once a "
        "day; no views, no deletions; what is older, by the application's JSON export; public "
        "pages are not read, Telegram forbids it",
    ),
    "google_analytics": Access(
        "Google Analytics", "crawled", r"(properties/)?\d{4,20}", "properties/345000111", False,
        "les visites de votre propre site, par jour et par canal ; il faut un accès en lecture à "
        "la propriété (vigie connect google_analytics)",
        "visits to your own site, by day and channel; needs read access to the property "
        "(vigie connect google_analytics)",
    ),
    "forums": Access(
        "Forums", "import", _WEB, "https://forum.example/", True,
        "suivez leur flux s’il existe, sinon importez un export",
        "follow their feed if there is one, else import an export",
    ),
}  # fmt: skip
