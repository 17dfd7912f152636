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
    "star": {
        "en": ("* stands inside {given}", "put * at the end of the beginning of a word: crea*"),
        "fr": ("* se trouve au milieu de {given}", "mettez * à la fin d’un début de mot : créa*"),
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
        what, do = MESSAGES[code][lang]
        return what.format(**values), do.format(**values)

    def render(self, lang: Lang) -> str:
        """Where, what and what to do, in one line."""
        what, do = self._words(self.code, lang, self.given)
        place = PLACE[lang].format(line=self.line, column=self.column)
        return f"{place} : {what} → {do}" if lang == "fr" else f"{place}: {what} → {do}"
