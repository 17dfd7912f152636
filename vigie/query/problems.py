"""What can be wrong with a query, in French and English, each with what to do."""

from __future__ import annotations

from typing import Literal

from vigie.errors import QueryError

Lang = Literal["fr", "en"]

# code → language → (what, do)
MESSAGES: dict[str, dict[Lang, tuple[str, str]]] = {
    "empty": {
        "en": ("there is nothing to search for", "write a word, or * for every post"),
        "fr": ("il n’y a rien à chercher", "écrivez un mot, ou * pour tous les posts"),
    },
    "no_words": {
        "en": ("{given} holds no word", "put a word or an emoji between the quotes"),
        "fr": ("{given} ne contient aucun mot", "mettez un mot ou un émoji entre les guillemets"),
    },
    "open_quote": {
        "en": ("a quote is not closed", 'add " at the end of the phrase'),
        "fr": ("un guillemet n’est pas fermé", 'ajoutez " à la fin de l’expression'),
    },
    "open_parenthesis": {
        "en": ("a parenthesis is not closed", "add ) after what belongs together"),
        "fr": ("une parenthèse n’est pas fermée", "ajoutez ) après ce qui va ensemble"),
    },
    "extra_parenthesis": {
        "en": (") closes nothing", "take it out, or add ( before it"),
        "fr": (") ne ferme rien", "supprimez-la, ou ajoutez ( plus haut"),
    },
    "empty_parentheses": {
        "en": ("nothing stands between the parentheses", "take them out, or put words in"),
        "fr": ("il n’y a rien entre les parenthèses", "supprimez-les, ou mettez-y des mots"),
    },
    "operator": {
        "en": (
            "{given} has nothing to join",
            "put a word on both sides of AND and OR, and one after NOT; "
            "in lower case or quotes it is a word like another",
        ),
        "fr": (
            "{given} n’a rien à relier",
            "mettez un mot de chaque côté de AND et OR, et un après NOT ; "
            "en minuscules ou entre guillemets, c’est un mot comme un autre",
        ),
    },
    "unknown_field": {
        "en": ("there is no field {given}:", "{nearest}to search for the text, quote it: {quoted}"),
        "fr": (
            "le champ {given}: n’existe pas",
            "{nearest}pour chercher ce texte, mettez-le entre guillemets : {quoted}",
        ),
    },
    "space_after_field": {
        "en": ("{given} has no value", "write the value right after the colon: {given}value"),
        "fr": (
            "{given} n’a pas de valeur",
            "écrivez la valeur juste après les deux-points : {given}valeur",
        ),
    },
    "wild_first": {
        "en": ("{given} begins with what it leaves open", "begin with a letter: crea*, wom?n"),
        "fr": ("{given} commence par un joker", "commencez par une lettre : créa*, cr?me"),
    },
    "wild_short": {
        "en": (
            "{given} has too few letters",
            "write two letters at least beside * and ?; a star that is no wildcard falls away",
        ),
        "fr": (
            "{given} a trop peu de lettres",
            "écrivez au moins deux lettres avec * et ? ; ôtez l’étoile si ce n’est pas un joker",
        ),
    },
    "raw_open": {
        "en": (
            "raw: takes {given} letter by letter",
            'take * and ? out; to look for the signs themselves: raw:"5*"',
        ),
        "fr": (
            "raw: prend {given} à la lettre",
            'ôtez * et ? ; pour chercher ces signes mêmes : raw:"5*"',
        ),
    },
    "open_comment": {
        "en": ("a comment <<< is not closed", "add >>> at its end"),
        "fr": ("un commentaire <<< n’est pas fermé", "ajoutez >>> à sa fin"),
    },
    "near_distance": {
        "en": (
            "{given} does not say how many words may stand between",
            "write a number from 0 to {most}: NEAR/5, ONEAR/5 (in this order), \"…\"~5",
        ),
        "fr": (
            "{given} ne dit pas combien de mots peuvent séparer",
            "écrivez un nombre de 0 à {most} : NEAR/5, ONEAR/5 (dans cet ordre), \"…\"~5",
        ),
    },
    "near_alone": {
        "en": (
            "{given} needs something on both sides",
            "write words, phrases or (one OR another) around it; before ~5 and parentheses: AND",
        ),
        "fr": (
            "{given} relie deux termes",
            "écrivez de chaque côté un mot, une expression ou (l’un OR l’autre) ; "
            "devant ~5, entre parenthèses : AND",
        ),
    },
    "near_operand": {
        "en": (
            "{given} counts words, and {part} is none",
            "put words, phrases, (one OR another) or another NEAR in parentheses beside it; "
            "join the rest with AND",
        ),
        "fr": (
            "{given} compte des mots, et {part} n’en est pas",
            "mettez autour des mots, des expressions, (l’un OR l’autre) ou un autre NEAR entre "
            "parenthèses ; reliez le reste par AND",
        ),
    },
    "near_places": {
        "en": (
            "{given} joins words of different places",
            "ask for both in one: title:(a NEAR/5 b), or without a field",
        ),
        "fr": (
            "{given} relie des mots de lieux différents",
            "cherchez les deux au même endroit : title:(a NEAR/5 b), ou sans champ",
        ),
    },
    "near_many": {
        "en": ("{given} has too many words", "keep {most} at most, or join phrases with NEAR/5"),
        "fr": ("{given} a trop de mots", "gardez-en {most} au plus, ou reliez par NEAR/5"),
    },
    "near_field": {
        "en": ("{field}: holds values, not sentences", "take ~ and its number out"),
        "fr": ("{field}: contient des valeurs, pas des phrases", "ôtez ~ et son nombre"),
    },
    "no_equal": {
        "en": ("{given}: has no equal here", "{advice}"),
        "fr": ("{given}: n’a pas d’équivalent ici", "{advice}"),
    },
    "number": {
        "en": ("{given} is no number for {field}:", "write {field}:>100 or {field}:[10 TO 50]"),
        "fr": (
            "{given} n’est pas un nombre pour {field}:",
            "écrivez {field}:>100 ou {field}:[10 TO 50]",
        ),
    },
    "date": {
        "en": (
            "{given} is no date for {field}:",
            "write {field}:2026-09-01, {field}:>=2026-09 or {field}:[2026-09-01 TO 2026-09-30]",
        ),
        "fr": (
            "{given} n’est pas une date pour {field}:",
            "écrivez {field}:2026-09-01, {field}:>=2026-09 ou "
            "{field}:[2026-09-01 TO 2026-09-30]",
        ),
    },
    "range": {
        "en": ("{given} is no range", "write [from TO until], with * for an open end"),
        "fr": (
            "{given} n’est pas un intervalle",
            "écrivez [début TO fin], avec * pour une borne ouverte",
        ),
    },
    "no_range": {
        "en": (
            "{field}: is text, it has no order",
            "write {field}:value; numbers and dates: {ordered}",
        ),
        "fr": (
            "{field}: est du texte, sans ordre",
            "écrivez {field}:valeur ; nombres et dates : {ordered}",
        ),
    },
    "too_deep": {
        "en": ("the query is too long or too deep", "split it in two, or take parentheses out"),
        "fr": (
            "la requête est trop longue ou trop imbriquée",
            "coupez-la en deux, ou supprimez des parenthèses",
        ),
    },
    "unexpected": {
        "en": ("{given} cannot stand here", "quote it to search for it as text"),
        "fr": ("{given} n’est pas à sa place ici", "mettez-le entre guillemets pour le chercher"),
    },
}  # fmt: skip
PLACE: dict[Lang, str] = {
    "en": "query, line {line}, column {column}",
    "fr": "requête, ligne {line}, colonne {column}",
}
# What to do without an operator of other tools (vigie/query/pasted.py).
ADVICE: dict[str, dict[Lang, str]] = {
    "place": {
        "en": "networks rarely tell a place: take it out, write lang:fr, or name towns as words",
        "fr": "les réseaux disent rarement le lieu : ôtez-le, écrivez lang:fr, ou citez des villes",
    },
    "person": {
        "en": "age, gender and the like are not guessed here: take it out",
        "fr": "l’âge, le genre et le reste ne sont pas devinés ici : ôtez-le",
    },
    "image": {
        "en": "pictures are not read: take it out; media:image finds posts that have one",
        "fr": "les images ne sont pas lues : ôtez-le ; media:image trouve les posts qui en ont",
    },
    "id": {
        "en": "ids begin with the network here: id:mastodon:…, parent:…, root:…",
        "fr": "ici un identifiant commence par le réseau : id:mastodon:…, parent:…, root:…",
    },
    "group": {
        "en": "write its address: link:reddit.com/r/NAME/*",
        "fr": "écrivez son adresse : link:reddit.com/r/NOM/*",
    },
    "address": {
        "en": "write the address from its beginning: link:shop.example/sale*, domain:shop.example",
        "fr": "écrivez l’adresse depuis le début : link:shop.example/soldes*, domain:shop.example",
    },
    "reach": {
        "en": "reach is not searched: use views:>1000, followers:>10k or engagement:>100",
        "fr": "la portée ne se cherche pas : views:>1000, followers:>10k ou engagement:>100",
    },
    "time": {
        "en": "use published:2026-09-01T18 or a range of published:",
        "fr": "utilisez published:2026-09-01T18 ou un intervalle de published:",
    },
    "gone": {
        "en": "take it out, or search for its words in quotes",
        "fr": "ôtez-le, ou cherchez ses mots entre guillemets",
    },
}  # fmt: skip
NEAREST: dict[Lang, str] = {"en": "did you mean {name}:? ", "fr": "vouliez-vous dire {name}: ? "}


class Unreadable(QueryError):
    """A query that cannot be read: a code of MESSAGES, where, and what was given. Its text is
    English; `render` says it in either language."""

    def __init__(self, code: str, *, line: int = 1, column: int = 1, **given: str) -> None:
        self.code = code
        self.given = given
        what, do = self._words(code, "en", given)
        super().__init__(what, line=line, column=column, do=do)

    @staticmethod
    def _words(code: str, lang: Lang, given: dict[str, str]) -> tuple[str, str]:
        values = dict(given)
        if "nearest" in values:
            name = values["nearest"]
            values["nearest"] = NEAREST[lang].format(name=name) if name else ""
        if "advice" in values:
            values["advice"] = ADVICE[values["advice"]][lang]
        what, do = MESSAGES[code][lang]
        return what.format(**values), do.format(**values)

    def say(self, lang: Lang) -> tuple[str, str]:
        """What is wrong, and what to do."""
        return self._words(self.code, lang, self.given)

    def render(self, lang: Lang) -> str:
        """Where, what and what to do, in one line."""
        what, do = self.say(lang)
        place = PLACE[lang].format(line=self.line, column=self.column)
        return f"{place} : {what} → {do}" if lang == "fr" else f"{place}: {what} → {do}"
