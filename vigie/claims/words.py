"""The trade's words for codes, in French and English."""

from __future__ import annotations

from collections.abc import Sequence

from vigie.locales import Lang
from vigie.platforms import PLATFORMS, titled
from vigie.policies import POLICIES

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
    "drift": ("réponses d’une autre forme", "answers change shape"),
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
        "a publié le premier ce qui est devenu une alerte",
        "posted first on what became an alert",
    ),
    "early_in_trend": (
        "a parlé d’une tendance parmi les premiers",
        "was among the first in a trend",
    ),
    "on_subject": ("parle surtout de vos sujets", "mostly talks about your subjects"),
    "engaging_for_its_size": (
        "suscite plus d’engagement que les comptes de même taille",
        "gets more engagement than accounts of its size",
    ),
    "speaks_of_us": ("parle souvent de vous sans y être invité", "often speaks of you unasked"),
    "never_answered": (
        "n’a jamais reçu de réponse publique de vous",
        "never had a public reply from you",
    ),
    "mostly_sponsored": ("publie beaucoup de contenus sponsorisés", "posts much sponsored content"),
    "generic_comments": (
        "reçoit surtout des commentaires passe-partout",
        "gets mostly generic comments",
    ),
    "same_commenters": (
        "a les mêmes commentateurs à chaque publication",
        "has the same people comment on every post",
    ),
    "copies": ("publie souvent des copies", "often posts copies"),
    "follower_jumps": (
        "a connu des sauts du nombre d’abonnés",
        "had jumps in the number of followers",
    ),
    "set_apart": ("classé à part des personnes", "is ranked apart from people"),
}
COMPONENTS: _Pairs = {
    "relevance": ("pertinence", "relevance"),
    "engagement": (
        "engagement face aux comptes de même taille",
        "engagement against peers of its size",
    ),
    "authenticity": ("indices d’authenticité", "authenticity signals"),
    "earliness": ("précocité", "earliness"),
    "consistency": ("régularité", "consistency"),
    "growth": ("croissance", "growth"),
}
SIGNALS: _Pairs = {
    "comment_like_ratio": ("commentaires par mention J’aime", "comments per like"),
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
    "follower_jumps": ("sauts du nombre d’abonnés", "jumps in followers"),
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
    **{
        f"terms_{name}": (
            f"{titled(name, 'fr')}\u00a0: ses conditions interdisent les chiffres dérivés ou mêlés",
            f"{titled(name, 'en')}: its terms forbid derived or mixed figures",
        )
        for name, policy in POLICIES.items()
        if not (policy.derived and policy.mixed)
    },
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
_TO_NETWORKS = {"news": "à la presse", "feeds": "à la presse et aux blogs"}
_FROM_NETWORKS = {"news": "de la presse", "feeds": "de la presse et des blogs"}
_IN_NETWORKS: _Pairs = {
    "news": ("dans la presse", "in the press"),
    "feeds": ("dans la presse et sur les blogs", "in the press and on blogs"),
}


def word(pairs: _Pairs, code: str, lang: Lang) -> str:
    """The word for a code; the code itself where it has none."""
    fr, en = pairs.get(code, (code, code))
    return fr if lang == "fr" else en


# What tells people apart comes before what many have in common.
_RARE_FIRST = ("first_in_alert", "early_in_trend", "never_answered", "speaks_of_us")


def reasons(codes: Sequence[str], lang: Lang, limit: int = 3) -> list[str]:
    """Why somebody is listed, in words, what tells people apart first."""
    chosen = sorted(codes, key=lambda code: code not in _RARE_FIRST)[:limit]
    return [word(REASONS, code, lang) for code in chosen]


def network(platform: str, lang: Lang) -> str:
    """A network as a sentence names it."""
    if platform in _NETWORKS:
        return word(_NETWORKS, platform, lang)
    return PLATFORMS[platform].title if platform in PLATFORMS else platform


def moved(start: str, end: str, lang: Lang) -> str:
    """passe de Mastodon à la presse et aux blogs | moves from Mastodon to the press and blogs"""
    if lang == "en":
        return f"moves from {network(start, lang)} to {network(end, lang)}"
    source = _FROM_NETWORKS.get(start) or _of(network(start, lang))
    return f"passe {source} {_TO_NETWORKS.get(end) or f'à {network(end, lang)}'}"


def on(platform: str, lang: Lang) -> str:
    """sur Bluesky, dans la presse | on Bluesky, in the press"""
    if platform in _IN_NETWORKS:
        return word(_IN_NETWORKS, platform, lang)
    return f"{'sur' if lang == 'fr' else 'on'} {network(platform, lang)}"


def _of(name: str) -> str:
    """de Mastodon, d’Instagram"""
    return f"d’{name}" if name[:1].casefold() in "aeiou" else f"de {name}"
