"""The words for what is wrong with a source, and what to do about it, in French and English.

A `SourceRun.reason` begins with one of the keys of `FAULTS`; what follows a colon are details. The
Sources page, `vigie status` and the report of `vigie run` say it by these words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vigie.locales.errors import worded

Lang = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and what to do: French, English. `{platform}` and `{key}` are filled in."""

    what: tuple[str, str]
    do: tuple[str, str]


_AGAIN = (
    "rien à faire : la prochaine collecte réessaie",
    "nothing to do: the next run tries again",
)
_LOOK = (
    "regardez la source, puis relancez : vigie run --only {key}",
    "look at the source, then run again: vigie run --only {key}",
)
_CONNECT = (
    "reconnectez le compte : vigie connect {platform}",
    "connect the account again: vigie connect {platform}",
)
_MEND = (
    "la réponse est gardée ; mettez Vigie à jour, puis : vigie remap",
    "the answer is kept; update Vigie, then: vigie remap",
)
_HANDLE = (
    "vérifiez le compte ou l’adresse dans vigie.toml",
    "check the account or address in vigie.toml",
)

FAULTS: dict[str, Fault] = {
    "connection refused": Fault(("connexion refusée", "connection refused"), _AGAIN),
    "unknown host": Fault(
        ("serveur introuvable", "unknown host"),
        (
            "vérifiez la connexion, puis l’adresse dans vigie.toml",
            "check the connection, then the address in vigie.toml",
        ),
    ),
    "time-out": Fault(("pas de réponse à temps", "no answer in time"), _AGAIN),
    "connection lost": Fault(("connexion coupée", "connection lost"), _AGAIN),
    "certificate refused": Fault(("certificat refusé", "certificate refused"), _LOOK),
    "body too large": Fault(("réponse trop grosse", "answer too large"), _LOOK),
    "bad address": Fault(("adresse illisible", "address that cannot be read"), _HANDLE),
    "HTTP": Fault(("erreur du serveur", "error of the server"), _LOOK),
    "login page": Fault(
        ("une page de connexion au lieu des données", "a login page instead of data"),
        (
            "la source veut un compte : vigie connect {platform}, ou retirez-la de vigie.toml",
            "the source wants an account: vigie connect {platform}, or take it out of vigie.toml",
        ),
    ),
    "consent page": Fault(
        ("une page de consentement au lieu des données", "a consent page instead of data"),
        (
            "Vigie n’accepte rien à votre place : lisez la source par son flux ou son API",
            "Vigie accepts nothing for you: read the source by its feed or its API",
        ),
    ),
    "HTML instead of data": Fault(
        ("une page web au lieu des données", "a web page instead of data"), _LOOK
    ),
    "empty answer": Fault(
        ("une réponse vide, ce qui n’est pas un silence", "an empty answer, which is no silence"),
        _AGAIN,
    ),
    "suspiciously empty": Fault(
        (
            "plus aucune publication là où il y en avait : à vérifier avant d’y croire",
            "no post any more where there were some: to be checked before it is believed",
        ),
        (
            "ouvrez le compte : s’il est vraiment vide, Vigie l’admettra au bout de deux jours",
            "open the account: if it really is empty, Vigie takes it so after two days",
        ),
    ),
    "suspiciously gone": Fault(
        (
            "toutes les publications relues ont disparu d’un coup : à vérifier avant d’y croire",
            "all posts that were read again are gone at once: to be checked before it is believed",
        ),
        (
            "ouvrez le compte : si elles sont vraiment supprimées, Vigie l’admettra au bout de "
            "douze heures",
            "open the account: if they really are deleted, Vigie takes it so after twelve hours",
        ),
    ),
    "unknown shape": Fault(("réponse d’une forme inconnue", "answer of an unknown shape"), _MEND),
    "unknown API version": Fault(
        ("version de l’API qui n’existe plus", "version of the API that is switched off"),
        (
            "écrivez une version en vigueur : api_version sous [platforms.{platform}]",
            "write a version in force: api_version under [platforms.{platform}]",
        ),
    ),
    "token lapsed": Fault(("jeton périmé ou refusé", "token lapsed or refused"), _CONNECT),
    "approval revoked": Fault(
        ("accès retiré par le compte ou le réseau", "access withdrawn by account or network"),
        _CONNECT,
    ),
    "approval missing": Fault(
        ("une autorisation manque", "an approval is missing"),
        (
            "vigie connect {platform} dit laquelle et où la demander",
            "vigie connect {platform} says which, and where to ask for it",
        ),
    ),
    "unknown account": Fault(("compte inconnu du réseau", "account unknown there"), _HANDLE),
    "private account": Fault(
        ("compte privé : le réseau n’en montre rien", "private account: nothing of it is shown"),
        (
            "retirez-le de vigie.toml, ou demandez au titulaire de l’ouvrir",
            "take it out of vigie.toml, or ask its owner to open it",
        ),
    ),
    "error in a 200": Fault(
        ("une erreur annoncée comme un succès", "an error that comes as a success"), _LOOK
    ),
    "crawler error": Fault(
        ("défaut de Vigie", "a fault of Vigie's"),
        ("signalez-le avec le journal de .vigie/logs", "report it with the log of .vigie/logs"),
    ),
    "time limit": Fault(("arrêtée au bout du temps imparti", "ended at its time limit"), _AGAIN),
    "robots.txt": Fault(
        ("robots.txt l’interdit", "robots.txt forbids it"),
        ("prenez un flux du site, ou un import", "take a feed of the site, or an import"),
    ),
    "missing key": Fault(
        ("une clé manque", "a key is missing"),
        (
            "vigie connect {platform}, ou la clé dans .env ; vigie doctor la nomme",
            "vigie connect {platform}, or the key in .env; vigie doctor names it",
        ),
    ),
    "budget": Fault(
        ("budget épuisé", "budget spent"),
        (
            "la suite vient quand il se remplit ; le plafond est dans vigie.toml",
            "the rest comes when it is full again; its limit is in vigie.toml",
        ),
    ),
    "rate limit": Fault(("le réseau demande d’attendre", "the network asks to wait"), _AGAIN),
    "page limit": Fault(
        ("arrêtée au nombre de pages prévu", "ended at its number of pages"),
        (
            "la prochaine collecte continue ; max_pages dans vigie.toml",
            "the next run goes on; max_pages in vigie.toml",
        ),
    ),
    "repeated page": Fault(
        ("la suite de la liste ramène à la même page", "the list leads back to the same page"),
        _AGAIN,
    ),
    "another worker reads it": Fault(("lue par un autre poste", "read by another worker"), _AGAIN),
}


def key_of(reason: str) -> str:
    """The key that a reason begins with; "" where it begins with none."""
    head = reason.partition(":")[0].strip()
    if head in FAULTS:
        return head
    return "HTTP" if head.startswith("HTTP ") else ""


def named(reason: str | None, lang: Lang) -> str:
    """A reason in words, without its details; as it is where it begins with no known key."""
    key = key_of(reason or "")
    return FAULTS[key].what[lang == "en"] if key else reason or ""


def told(reason: str | None, lang: Lang) -> str:
    """A reason in words, with its details; as it is where it begins with no known key."""
    if not reason:
        return ""
    key = key_of(reason)
    if not key:
        return reason
    words = FAULTS[key].what[lang == "en"]
    details = worded(reason if key == "HTTP" else reason.partition(":")[2].strip(), lang)
    colon = "\u00a0: " if lang == "fr" else ": "
    return f"{words}{colon}{details}" if details else words


def advice(reason: str | None, platform: str, key: str, lang: Lang) -> str:
    """What to do about a reason; "" where nothing is known."""
    found = key_of(reason or "")
    if not found:
        return ""
    text = FAULTS[found].do[lang == "en"]
    return text.replace("{platform}", platform).replace("{key}", key)
