"""The trade's words for codes, in French and English."""

from __future__ import annotations

from vigie.locales import Lang
from vigie.platforms import PLATFORMS

_Pairs = dict[str, tuple[str, str]]  # code → French, English

FORMATS: _Pairs = {
    "short_video": ("vidéos courtes", "short videos"),
    "video": ("vidéos", "videos"),
    "carousel": ("carrousels", "carousels"),
    "image": ("photos", "photos"),
    "article": ("articles", "articles"),
    "link": ("liens", "links"),
    "text": ("textes", "texts"),
}
STAGES: _Pairs = {
    "new": ("signal faible", "weak signal"),
    "emerging": ("tendance émergente", "emerging trend"),
    "growing": ("en progression", "growing"),
    "peaking": ("au plus haut", "peaking"),
    "declining": ("en recul", "declining"),
    "dormant": ("en sommeil", "dormant"),
}
ALERTS: _Pairs = {
    "spike": ("pic", "spike"),
    "drop": ("baisse", "drop"),
    "silence": ("absence inhabituelle de mentions", "silence"),
    "crisis": ("crise", "crisis"),
    "outage": ("panne de collecte", "outage"),
    "platform_dip": ("creux du réseau", "platform's dip"),
}
PEOPLE: _Pairs = {
    "expert": ("expert", "expert"),
    "creator": ("créateur de contenu", "creator"),
    "ambassador": ("ambassadeur", "ambassador"),
    "media": ("média", "media"),
    "brand": ("marque", "brand"),
    "other": ("autre", "other"),
}
TIERS: _Pairs = {
    "below": ("sous nano", "below nano"),
    "nano": ("nano", "nano"),
    "micro": ("micro", "micro"),
    "mid": ("intermédiaire", "mid-tier"),
    "macro": ("macro", "macro"),
    "mega": ("méga", "mega"),
}
REASONS: _Pairs = {
    "first_in_alert": (
        "à l'origine d'une alerte, avant tous les autres",
        "posted first on what became an alert",
    ),
    "early_in_trend": ("parmi les premiers sur une tendance", "among the first in a trend"),
    "on_subject": ("parle surtout de vos sujets", "mostly talks about your subjects"),
    "engaging_for_its_size": (
        "plus d'engagement que les comptes de même taille",
        "more engagement than accounts of its size",
    ),
    "speaks_of_us": ("parle souvent de vous, spontanément", "often speaks of you, unasked"),
    "never_answered": (
        "n'a jamais reçu de réponse publique de vous",
        "never had a public reply from you",
    ),
    "mostly_sponsored": ("part élevée de publications sponsorisées", "many sponsored posts"),
    "generic_comments": ("commentaires souvent passe-partout", "comments are often generic"),
    "same_commenters": (
        "les mêmes personnes commentent chaque publication",
        "the same people comment on every post",
    ),
    "copies": ("publie souvent des copies", "often posts copies"),
    "follower_jumps": ("sauts du nombre d'abonnés", "jumps in the number of followers"),
    "set_apart": ("classé à part des personnes", "ranked apart from people"),
}
COMPONENTS: _Pairs = {
    "relevance": ("pertinence", "relevance"),
    "engagement": (
        "engagement face aux comptes de même taille",
        "engagement against peers of its size",
    ),
    "authenticity": ("indices d'authenticité", "authenticity signals"),
    "earliness": ("précocité", "earliness"),
    "consistency": ("régularité", "consistency"),
    "growth": ("croissance", "growth"),
}
SIGNALS: _Pairs = {
    "comment_like_ratio": ("commentaires par mention J'aime", "comments per like"),
    "comment_like_ratio_z": (
        "écart de ce rapport avec les comptes de même taille (σ)",
        "that ratio against peers of its size (σ)",
    ),
    "generic_comment_share": ("part de commentaires passe-partout", "share of generic comments"),
    "repeated_commenter_share": (
        "part de commentaires des mêmes personnes",
        "share of comments by the same people",
    ),
    "copied_share": ("part de copies", "share of copies"),
    "follower_jumps": ("sauts du nombre d'abonnés", "jumps in followers"),
    "following_follower_ratio": ("abonnements par abonné", "following per follower"),
}
LEFT_OUT: _Pairs = {
    "repost": ("republications", "reposts"),
    "in_progress": ("en cours (moins de 72 h)", "in progress (younger than 72 h)"),
    "not_comparable": (
        "non comparables (aucun relevé proche de 72 h)",
        "not comparable (no observation near 72 h)",
    ),
    "unknown_count": ("compteurs inconnus", "unknown counts"),
    "unknown_origin": ("origine inconnue", "unknown origin"),
    "giveaway": ("jeux-concours", "giveaways"),
    "paid": ("publications sponsorisées", "paid posts"),
}
CONFIDENCE: _Pairs = {
    "high": ("confiance élevée", "high confidence"),
    "medium": ("confiance moyenne", "medium confidence"),
    "low": ("confiance faible", "low confidence"),
}
# A network in the middle of a sentence; the others are called by their titles.
_NETWORKS: _Pairs = {
    "news": ("la presse", "the press"),
    "feeds": ("la presse et les blogs", "the press and blogs"),
}


def word(pairs: _Pairs, code: str, lang: Lang) -> str:
    """The word for a code; the code itself where it has none."""
    fr, en = pairs.get(code, (code, code))
    return fr if lang == "fr" else en


def network(platform: str, lang: Lang) -> str:
    """A network as a sentence names it."""
    if platform in _NETWORKS:
        return word(_NETWORKS, platform, lang)
    return PLATFORMS[platform].title if platform in PLATFORMS else platform
