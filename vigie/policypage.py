"""The table of terms as pages of the documentation, one a language.

`python -m vigie.policypage en > docs/terms.md`, `… fr > docs/terms.fr.md`.
"""

from __future__ import annotations

import sys
from textwrap import fill

from vigie.platforms import titled
from vigie.policies import POLICIES, Policy

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "# What the platforms' terms allow",
        "head": "\n\n".join((
            "Vigie stores, keeps, computes and passes on no more than these rules say; each "
            "page says what was left out and why. They are in `vigie/policies.toml`. They "
            "are notes, not legal advice: no page was opened again since the day beside it, "
            "which is the end of the youngest month that our sources name; † marks a rule "
            "that is from memory and on no page that was read.",
            "What may be kept and passed on binds what comes through a platform's API; what "
            "you import from a file is under the terms of that file's tool. Figures and "
            "lists leave a platform out whatever way its posts came.",
            "You loosen a rule only by naming the right that you have, below "
            "`[platforms.NAME]` in `vigie.toml`: `amendment = true` (YouTube: Google's "
            "amendment on derived metrics; posts that were read before keep no tone), "
            "`contract = true` (X: an agreement that lets full posts be passed on), "
            "`research_use = true` (TikTok: an approved non-profit research use). "
            "`keep_days` shortens what is kept, never lengthens it.",
            "Where counters must not be mixed, sums over all networks leave the platform out. "
            "Orders by a counter (\"most engagement\" in the explorer, `vigie search --sort`) "
            "show its posts apart, after the others, in an order of their own; alone it keeps "
            "its order. Our boards for OpenSearch Dashboards and Kibana leave it out of each "
            "panel that sums or orders by counters and say so in its title; they obey the "
            "rights of the workspace in which `vigie dashboards` runs.",
            "Not covered: a board of your own in OpenSearch Dashboards or Kibana sums whatever "
            "you ask it for; leave the platform out there. Briefings, exports and backups that "
            "were written before keep what they held when a post is deleted or a right ends; "
            "delete them yourself. Posts that were imported before a rule changed are not "
            "looked at again.",
        )),
        "columns": "| Platform | Whose posts | Kept | Raw data | Derived figures | Mixed figures "
        "| People listed | Texts exported | Deletions cut out of raw data | Needs | Terms, read |",
        "all": "everybody's", "own": "your accounts'", "none": "nobody's",
        "yes": "yes", "no": "no", "ids": "ids only", "days": "{n} days since read",
        "others": "{n} days, of others", "ever": "no bound", "raw_days": "{n} days",
        "with": "with `{right}`: {what}", "page": "page", "unread": "none read",
        "key": "a key", "paid": "credits", "approval": "an approval", "free": "nothing",
        "price": "a read costs {post} {currency} a post",
    },
    "fr": {
        "title": "# Ce que permettent les conditions des réseaux",
        "head": "\n\n".join((
            "Vigie ne stocke, ne garde, ne calcule et ne transmet rien de plus que ces "
            "règles ; chaque page dit ce qui a été laissé de côté et pourquoi. Elles sont "
            "dans `vigie/policies.toml`. Ce sont des notes, pas un avis juridique : aucune "
            "page n'a été rouverte depuis le jour indiqué, fin du mois le plus récent que "
            "nomment nos sources ; † marque une règle écrite de mémoire, sur aucune page "
            "lue.",
            "Ce qui peut être gardé et transmis lie ce qui vient de l'API d'un réseau ; ce "
            "que vous importez d'un fichier dépend des conditions de l'outil qui l'a "
            "produit. Les chiffres et les listes laissent un réseau de côté quelle que soit "
            "la voie de ses publications.",
            "Vous n'assouplissez une règle qu'en nommant le droit que vous avez, sous "
            "`[platforms.NOM]` dans `vigie.toml` : `amendment = true` (YouTube : l'avenant "
            "de Google sur les mesures dérivées ; les publications lues avant restent sans "
            "tonalité), `contract = true` (X : un accord qui laisse transmettre les textes "
            "entiers), `research_use = true` (TikTok : une recherche non commerciale "
            "approuvée). `keep_days` raccourcit la conservation, jamais l'inverse.",
            "Là où les compteurs ne doivent pas être mêlés, les sommes sur tous les réseaux "
            "laissent le réseau de côté. Les classements par compteur (« plus "
            "d'engagement » dans l'explorateur, `vigie search --sort`) montrent ses "
            "publications à part, après les autres, dans leur propre ordre ; seul, il garde le "
            "sien. Nos tableaux pour OpenSearch Dashboards et Kibana le laissent de côté dans "
            "chaque panneau qui additionne des compteurs ou classe par eux, et le disent dans "
            "son titre ; ils suivent les droits de l'espace de travail où tourne `vigie "
            "dashboards`.",
            "Non couvert : un tableau à vous dans OpenSearch Dashboards ou Kibana additionne ce "
            "que vous lui demandez ; laissez-y ce réseau de côté. Les notes hebdomadaires, "
            "exports et sauvegardes déjà écrits gardent ce qu'ils contenaient quand une "
            "publication est supprimée ou qu'un droit prend fin ; supprimez-les vous-même. Les "
            "publications importées avant qu'une règle change ne sont pas réexaminées.",
        )),
        "columns": "| Réseau | Publications de qui | Gardées | Données brutes | Chiffres dérivés "
        "| Chiffres mêlés | Personnes listées | Textes exportés "
        "| Suppressions reportées dans les données brutes | Il faut | Conditions, lues le |",
        "all": "de tous", "own": "de vos comptes", "none": "de personne",
        "yes": "oui", "no": "non", "ids": "identifiants", "days": "{n} jours après lecture",
        "others": "{n} jours, celles d'autrui", "ever": "sans limite", "raw_days": "{n} jours",
        "with": "avec `{right}` : {what}", "page": "page", "unread": "aucune lue",
        "key": "une clé", "paid": "des crédits", "approval": "un accord", "free": "rien",
        "price": "une lecture coûte {post} {currency} par publication",
    },
}  # fmt: skip


def page(lang: str) -> str:
    """The page as Markdown: the table, then a line a platform."""
    words = _WORDS[lang]
    rows = [_row(name, policy, lang) for name, policy in POLICIES.items()]
    rule = "|---" * (words["columns"].count("|") - 1) + "|"
    notes = [_note(name, policy, lang) for name, policy in POLICIES.items()]
    table = "\n".join([words["columns"], rule, *rows])
    head = "\n\n".join(fill(part, 100) for part in words["head"].split("\n\n"))
    return f"{words['title']}\n\n{head}\n\n{table}\n\n" + "\n".join(notes) + "\n"


def _row(name: str, policy: Policy, lang: str) -> str:
    words = _WORDS[lang]

    def told(rule: str, text: str) -> str:
        return text + ("†" if rule in policy.memory else "")

    def yes(rule: str, no: str = "no") -> str:
        return told(rule, words["yes" if getattr(policy, rule) else no])

    kept = words["ever"]
    if policy.keep_days:
        kept = words["others" if policy.whose == "others" else "days"].format(n=policy.keep_days)
    raw = words["ever"] if policy.raw else words["no"]
    if policy.raw_days:
        raw = words["raw_days"].format(n=policy.raw_days)
    terms = words["unread"]
    if policy.terms:
        terms = f"[{words['page']}]({policy.terms}), {policy.read}"
    cells = [
        titled(name, lang), words[policy.store], told("keep_days", kept), told("raw", raw),
        yes("derived"), yes("mixed"), yes("people"), yes("text", "ids"), yes("erase"),
        words["free" if policy.approval == "none" else policy.approval], terms,
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _note(name: str, policy: Policy, lang: str) -> str:
    words = _WORDS[lang]
    told = [policy.note(lang)]
    if policy.price:
        price = policy.price
        told.append(words["price"].format(post=price.post, currency=price.currency))
    for right, granted in policy.rights.items():
        told.append(words["with"].format(right=right, what=", ".join(granted)))
    return f"- **{titled(name, lang)}**: {'; '.join(told)}"


if __name__ == "__main__":
    print(page(sys.argv[1] if len(sys.argv) > 1 else "en"), end="")
