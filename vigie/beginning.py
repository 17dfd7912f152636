"""The first `vigie.toml`: written for a person, with comments in French or English."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vigie.platforms import OWNERS, PLATFORMS, titled


@dataclass(frozen=True)
class Answers:
    """What a person said when asked."""

    brand: str
    competitors: Sequence[str] = ()
    networks: Sequence[str] = ("bluesky", "mastodon", "hackernews", "feeds")
    languages: Sequence[str] = ("fr", "en")
    timezone: str = "Europe/Paris"
    country: str = "FR"
    contact: str = ""
    accounts: Mapping[str, Sequence[str]] = field(default_factory=dict)  # network → own accounts
    topics: Sequence[str] = ()


WORDS = {
    "head": {
        "fr": "# Périmètre de veille. `vigie check` l'explique et relève les erreurs.",
        "en": "# The watchlist. `vigie check` explains it and finds mistakes.",
    },
    "contact": {
        "fr": "# adresse ou page que les sites lisent dans le nom de notre robot",
        "en": "# an address or page that sites read in the name of our robot",
    },
    "own": {"fr": "# Votre marque.", "en": "# Your brand."},
    "competitor": {"fr": "# Un concurrent.", "en": "# A competitor."},
    "names": {
        "fr": "# autres graphies, sigles, hashtags sans #",
        "en": "# other spellings, abbreviations, hashtags without #",
    },
    "context": {
        "fr": '# nom qui est aussi un mot ou un lieu : context = ["vélo"], exclude = ["village"]',
        "en": '# a name that is also a word or a place: context = ["bike"], exclude = ["village"]',
    },
    "import": {
        "fr": "par import (vigie import)",
        "en": "by import (vigie import)",
    },
    "topic": {
        "fr": "# Un sujet : des mots, des \"expressions exactes\", AND OR NOT, et des hashtags.",
        "en": "# A topic: words, \"exact phrases\", AND OR NOT, and hashtags.",
    },
    "mastodon": {
        "fr": "# serveurs dont les fils de hashtags sont lus",
        "en": "# servers whose hashtag timelines are read",
    },
    "feeds": {
        "fr": "# flux de la presse et des blogs du secteur",
        "en": "# feeds of the trade's press and blogs",
    },
    "owners": {
        "fr": "# Lus pour leur titulaire seul (ceux des autres, par vigie import)\u00a0:",
        "en": "# Read for their owners only (those of others by vigie import):",
    },
    "schedule": {
        "fr": "# heure du fuseau ci-dessus ; la note de veille part le lundi à 7 h",
        "en": "# in the time zone above; the briefing leaves on Mondays at 7",
    },
}  # fmt: skip

# Of each network the settings that its reader should know of: French, English.
SETTINGS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "x": (
        ("money_per_day = 5.0", "plafond de dépense en USD", "the most to spend, in USD"),
        ("searches = false", "comptes et mentions seulement", "accounts and mentions only"),
    ),
    "youtube": (
        ("searches = false", "chaînes seulement ; cent recherches par jour sinon",
         "channels only; else a hundred searches a day"),
    ),
    "reddit": (
        ('communities = ["velo"]', "communautés lues en entier", "communities to read whole"),
    ),
    "instagram": (
        ('own_id = "17841400000000000"', "votre compte professionnel, par lequel on lit les autres",
         "your professional account, through which others are read"),
    ),
    "threads": (
        ("searches = false", "sans recherche : elle demande l’accord de Meta",
         "no searches: they need Meta's approval"),
    ),
    "tiktok": (
        ("research_use = true", "recherche sans but lucratif, agréée par TikTok",
         "non-profit research that TikTok has approved"),
    ),
    "linkedin": (
        ('api_version = "202609"', "version de l’API, quand celle-ci s’éteindra",
         "version of the API, when this one lapses"),
    ),
    "pinterest": (
        ('regions = ["FR"]', "pays dont on lit les mots recherchés",
         "countries whose trending keywords are read"),
    ),
}  # fmt: skip


def slug(name: str) -> str:
    """The id of a brand or topic: lower case, no accents, hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "marque"


def watchlist_text(answers: Answers, lang: str) -> str:
    """A commented `vigie.toml`."""

    def said(key: str) -> str:
        return WORDS[key][lang]

    lines = [
        said("head"),
        "",
        "[workspace]",
        f"name = {_quoted(answers.brand)}",
        f"timezone = {_quoted(answers.timezone)}",
        f"languages = {_listed(answers.languages)}",
        f"country = {_quoted(answers.country)}",
        f"interface = {_quoted(lang)}",
        f"contact = {_quoted(answers.contact)}  {said('contact')}",
    ]
    for index, name in enumerate([answers.brand, *answers.competitors]):
        own = index == 0
        lines += ["", said("own" if own else "competitor"), "[[brands]]"]
        lines += [f"id = {_quoted(slug(name))}", f"name = {_quoted(name)}"]
        lines += [f'role = "{"own" if own else "competitor"}"', f"names = []  {said('names')}"]
        lines += [said("context"), "", "[brands.accounts]"]
        lines += _accounts(answers, own, lang)
    for topic in answers.topics:
        lines += ["", said("topic"), "[[topics]]", f"id = {_quoted(slug(topic))}"]
        lines += [f"name = {_quoted(topic)}", f"query = {_quoted(_query(topic))}", "hashtags = []"]
    if not answers.topics:
        lines += ["", said("topic"), "# [[topics]]", '# id = "velo-cargo"']
        lines += [
            '# name = "Vélo cargo"',
            '# query = \'"vélo cargo" OR biporteur OR "cargo bike"\'',
        ]
        lines += ['# hashtags = ["VéloCargo"]']
    if "mastodon" in answers.networks:
        servers = ["mastodon.social"] if lang == "en" else ["piaille.fr", "mastodon.social"]
        hosts = [f"https://{server}" for server in servers]
        lines += ["", "[platforms.mastodon]", f"servers = {_listed(hosts)}  {said('mastodon')}"]
    if "feeds" in answers.networks or "news" in answers.networks:
        lines += ["", "[platforms.feeds]", f"feeds = []  {said('feeds')}"]
    for network in answers.networks:
        if network in SETTINGS:
            lines += ["", f"[platforms.{network}]"]
            lines += [f"# {line}  # {(fr, en)[lang == 'en']}" for line, fr, en in SETTINGS[network]]
    lines += ["", "[schedule]", f'run = "every 1 hour"  {said("schedule")}']
    lines += ['briefing = "0 7 * * 1"', ""]
    return "\n".join(lines)


def _accounts(answers: Answers, own: bool, lang: str) -> Iterator[str]:
    """The accounts of a brand; those that nobody named yet as comments, with what the network gives
    beside the own ones."""
    closed = []
    for network in answers.networks:
        access = PLATFORMS[network]
        given = answers.accounts.get(network, ()) if own else ()
        way = access.note(lang) if access.way == "crawled" else WORDS["import"][lang]
        if given:
            yield f"{network} = {_listed(given)}"
        elif own:
            yield f"# {network} = [{_quoted(access.example)}]  # {way}"
        elif network in OWNERS:
            closed.append(titled(network, lang))
        else:
            yield f"# {network} = [{_quoted(access.example)}]"
    if closed:
        yield f"{WORDS['owners'][lang]} {', '.join(closed)}"


ENV = {
    "head": {
        "fr": "# Copiez ce fichier en .env. Aucune clé n'est nécessaire pour commencer.\n"
        "# Le plus simple est `vigie connect PLATEFORME` : le jeton est gardé à part, renouvelé ;\n"
        "# rien n'est à écrire ici. Ce qui est réglé ici passe avant.",
        "en": "# Copy this file to .env. No key is needed to begin.\n"
        "# The simplest way is `vigie connect PLATFORM`: the token is kept apart and renewed, and\n"
        "# nothing need be written here. What is set here goes before it.",
    },
    "tokens": {
        "fr": "# Clés et jetons, si vous les gérez vous-même.",
        "en": "# Keys and tokens, where you look after them yourself.",
    },
    "apps": {
        "fr": "# L'app que vous avez faite chez la plateforme : `vigie connect` s'en sert.",
        "en": "# The app that you made at the platform: `vigie connect` uses it.",
    },
}  # fmt: skip


def env_text(lang: str) -> str:
    """`.env.example`: what a key would open, and that none is needed."""
    from vigie.connecting.catalogue import CONNECTIONS

    lines = [ENV["head"][lang], "", ENV["tokens"][lang]]
    for one in CONNECTIONS.values():
        lines += [
            f"# {titled(one.platform, lang)} – {one.approval.said('fr' if lang == 'fr' else 'en')}",
            f"# {one.variable}=",
        ]
    lines += ["", ENV["apps"][lang]]
    for one in CONNECTIONS.values():
        if one.oauth is not None:
            lines += [f"# {one.id}=", f"# {one.secret}="]
    return "\n".join([*lines, ""])


def _query(topic: str) -> str:
    return f'"{topic}"' if " " in topic.strip() else topic


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _listed(values: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(value) for value in values) + "]"
