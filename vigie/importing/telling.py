"""Why a file or a row of it is refused, in French.

The English sentence is the one that is raised, kept beside the row and given as JSON; a person who
reads French is told the one that stands beside it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from vigie.errors import ImportRefused

# What is wrong, then what to do about it; `{…}` stands for what differs.
_SENTENCES = (
    # files
    ("no such file", "ce fichier n’existe pas"),
    ("this is a folder", "c’est un dossier"),
    ("the file is empty", "le fichier est vide"),
    ("the file is damaged or breaks off: {why}", "le fichier est abîmé ou coupé : {why}"),
    ("the archive is damaged or breaks off: {why}", "l’archive est abîmée ou coupée : {why}"),
    ("cannot be read: {why}", "illisible : {why}"),
    ("the file has changed while it was read", "le fichier a changé pendant la lecture"),
    ("{number} files in one archive", "{number} fichiers dans une seule archive"),
    ("the archive has a password", "l’archive est protégée par un mot de passe"),
    ("{packed} KiB that unpack to {size} MiB and more: not read",
     "{packed} Kio qui en donnent {size} Mio ou plus : non lus"),
    ("{packed} KiB that unpack to {size} MiB: not read",
     "{packed} Kio qui en donnent {size} Mio : non lus"),
    ("no file of posts in this archive", "aucun fichier de publications dans cette archive"),
    # tables
    ("this is a web page or XML, not a table",
     "c’est une page web ou du XML, et non un tableau"),
    ("this is a PDF, not a table", "c’est un PDF, et non un tableau"),
    ("this is no text", "ce n’est pas du texte"),
    ("one column only", "une seule colonne"),
    ("no table: {why}", "ce n’est pas un tableau : {why}"),
    ("no spreadsheet: {why}", "ce n’est pas une feuille de calcul : {why}"),
    ("a spreadsheet of more than {size} MiB", "une feuille de calcul de plus de {size} Mio"),
    ("the spreadsheet has a password", "la feuille de calcul est protégée par un mot de passe"),
    ("one JSON document of more than {size} MiB", "un document JSON de plus de {size} Mio"),
    ("one JSON document in which no preset finds posts: {columns}",
     "un document JSON où aucun préréglage ne trouve de publications : {columns}"),
    ("an empty list", "une liste vide"),
    ("the export is larger than 1 GiB", "l’export dépasse 1 Gio"),
    ("no channel in this export: private chats and groups are not imported",
     "aucun canal dans cet export : conversations privées et groupes ne sont pas importés"),
    # maps
    ("no such preset or file", "ni préréglage ni fichier de ce nom"),
    ("not a column map: {why}", "ce n’est pas une correspondance : {why}"),
    ("unknown table [{table}]", "table inconnue : [{table}]"),
    ("no field {field} in a post", "une publication n’a pas de champ {field}"),
    ("no preset fits these columns: {columns}",
     "aucun préréglage ne convient à ces colonnes : {columns}"),
    ("no time zone {name}", "fuseau inconnu : {name}"),
    ("no column {names} for published_at", "aucune colonne {names} pour published_at"),
    ("no column for published_at", "aucune colonne pour published_at"),
    ("the file does not say whose figures these are",
     "le fichier ne dit pas de quel compte sont ces chiffres"),
    ("row {row}, column {column}: the id {id} has lost digits",
     "ligne {row}, colonne {column} : l’identifiant {id} a perdu des chiffres"),
    ("column {column}: some dates can only have the day first, others the month",
     "colonne {column} : des dates ne se lisent que le jour d’abord, d’autres que le mois"),
    ("column {column}: day and month cannot be told apart",
     "colonne {column} : rien ne distingue le jour du mois"),
    # rows
    ("no platform: neither a column, nor --platform, nor a known address",
     "aucun réseau : ni colonne, ni --platform, ni adresse connue"),
    ("no platform: neither a column nor --platform", "aucun réseau : ni colonne ni --platform"),
    ("published_at: no date: {cell} (column {column})",
     "published_at : {cell} n’est pas une date (colonne {column})"),
    ("published_at: no date", "published_at : aucune date"),
    ("no id, no address, no text: this is no post",
     "ni identifiant, ni adresse, ni texte : ce n’est pas une publication"),
    ("no day", "aucun jour"),
    ("no figure", "aucun chiffre"),
    ("no account: give --account", "aucun compte : donnez --account"),
    ("no JSON from here on: {why}", "plus de JSON à partir d’ici : {why}"),
    ("the list has no end", "la liste n’a pas de fin"),
    ("no JSON object: {line}", "pas un objet JSON : {line}"),
    ("no JSON object", "pas un objet JSON"),
    ("no JSON: {why}", "pas du JSON : {why}"),
    ("cannot be kept: {why}", "ne peut être gardée : {why}"),
    ("{number} cells under {headers} headers", "{number} cellules sous {headers} en-têtes"),
    ("the line breaks off", "la ligne est coupée"),
    ("a line of more than {size} MiB", "une ligne de plus de {size} Mio"),
    ("{why}, in the lines up to {row}", "{why}, dans les lignes jusqu’à {row}"),
    ("{column}: {word} is not read", "{column} : {word} n’est pas lu"),
    # what to do
    ("check the path", "vérifiez le chemin"),
    ("give its files, or the archive as it was downloaded",
     "donnez ses fichiers, ou l’archive telle qu’elle a été téléchargée"),
    ("export it again", "exportez-le de nouveau"),
    ("download it again", "téléchargez-la de nouveau"),
    ("download or export it again", "téléchargez-le ou exportez-le de nouveau"),
    ("check that the file is whole, and yours to read",
     "vérifiez que le fichier est entier et que vous pouvez le lire"),
    ("import it again when it is whole: nothing is doubled",
     "importez-le de nouveau quand il sera entier : rien n’est compté deux fois"),
    ("unpack it", "décompressez-la"),
    ("unpack the archive", "décompressez l’archive"),
    ("unpack it, import what is inside", "décompressez-la, importez ce qu’elle contient"),
    ("unpack it and look at what is inside", "décompressez-la et regardez ce qu’elle contient"),
    ("unpack it and import the files of posts, with --columns",
     "décompressez-la et importez les fichiers de publications, avec --columns"),
    ("sign in to the tool and export again as CSV, XLSX or JSON",
     "connectez-vous à l’outil et exportez de nouveau en CSV, XLSX ou JSON"),
    ("export again as CSV, XLSX or JSON", "exportez de nouveau en CSV, XLSX ou JSON"),
    ("give CSV, TSV, XLSX, JSON or a zip of them",
     "donnez du CSV, TSV, XLSX, JSON ou un zip de ceux-là"),
    ("save it as CSV, TSV, XLSX or JSON Lines",
     "enregistrez-le en CSV, TSV, XLSX ou JSON Lines"),
    ("export it again as CSV or XLSX", "exportez-le de nouveau en CSV ou XLSX"),
    ("export it again, as CSV or XLSX", "exportez-la de nouveau, en CSV ou XLSX"),
    ("export it again, as CSV", "exportez-la de nouveau, en CSV"),
    ("export it again, in the format JSON", "exportez-le de nouveau, au format JSON"),
    ("save it as CSV", "enregistrez-la en CSV"),
    ("save it without one", "enregistrez-la sans mot de passe"),
    ("export a shorter period, or as JSON Lines",
     "exportez une période plus courte, ou en JSON Lines"),
    ("give JSON Lines or a list, or name a preset with --columns",
     "donnez du JSON Lines ou une liste, ou nommez un préréglage par --columns"),
    ("export the channel alone", "n’exportez que le canal"),
    ("export a channel: its menu, Export chat history, format JSON",
     "exportez un canal : son menu, Exporter l’historique, format JSON"),
    ("did you mean {near}? or a MAP.toml", "vouliez-vous dire {near} ? sinon un MAP.toml"),
    ("did you mean {near}?", "vouliez-vous dire {near} ?"),
    ("a preset ({names}) or a MAP.toml", "un préréglage ({names}) ou un MAP.toml"),
    ("mend it", "corrigez-la"),
    ("columns, values, dates or constants", "columns, values, dates ou constants"),
    ("--columns with one of {names}, or a MAP.toml",
     "--columns avec l’un de {names}, ou un MAP.toml"),
    ('"Europe/Paris", "UTC" or "+02:00"', '« Europe/Paris », « UTC » ou « +02:00 »'),
    ("--account with the id or handle of the account",
     "--account avec l’identifiant ou le nom du compte"),
    ("the file's columns are: {columns}", "les colonnes du fichier sont : {columns}"),
    ("export it again and do not save it in a spreadsheet, or set the column to text before the "
     "file is opened",
     "exportez-le de nouveau sans l’enregistrer dans un tableur, ou passez la colonne en texte "
     "avant d’ouvrir le fichier"),
    ('write [dates] order = "dmy" or "mdy" in a MAP.toml; the others are set aside',
     'écrivez [dates] order = "dmy" ou "mdy" dans un MAP.toml ; les autres sont mises de côté'),
    ('write [dates] order = "dmy" or "mdy" in a MAP.toml',
     'écrivez [dates] order = "dmy" ou "mdy" dans un MAP.toml'),
    ('"dmy" or "mdy"', '"dmy" ou "mdy"'),
)  # fmt: skip
_ROW = re.compile(r"row (\d+): (.*)", re.S)
_NEXT_ROW = re.compile(r"; (?=row \d+: )")
_MORE = re.compile(r"(.*) and (\d+) more", re.S)


def french(sentence: str) -> str:
    """A refusal of a file or of a row, or what to do about it, in French; what is no sentence of
    ours (a time zone's name, what a library says) as it is."""
    if row := _ROW.fullmatch(sentence):
        return f"ligne {row[1]}\u00a0: {french(row[2])}"
    for pattern, words in _patterns():
        if found := pattern.fullmatch(sentence):
            return words.format(**{name: french(part) for name, part in found.groupdict().items()})
    return sentence


def in_words(error: ImportRefused, lang: Literal["fr", "en"]) -> ImportRefused:
    """A refusal in the language of its reader."""
    if lang == "en":
        return error
    return ImportRefused(french(error.what), where=error.where, do=french(error.do))


def french_error(told: str) -> str:
    """An error of an import's report in French: "file: what → do", or of rows "file: row 2: …;
    row 5: … and 3 more"."""
    file, colon, rest = told.partition(": ")
    if not colon:
        return french(told)
    what, arrow, do = rest.partition(" → ")
    if arrow and not _ROW.match(rest):
        return f"{file}\u00a0: {french(what)} → {french(do)}"
    more = _MORE.fullmatch(rest)
    rows = "\u00a0; ".join(map(french, _NEXT_ROW.split(more[1] if more else rest)))
    return f"{file}\u00a0: {rows}" + (f" et {more[2]} autres" if more else "")


def shortened(told: str, most: int = 5) -> str:
    """The first reasons of a chunk's rows, and how many more there are: a chunk has a thousand."""
    rows = _NEXT_ROW.split(told)
    left = len(rows) - most
    return f"{'; '.join(rows[:most])} and {left} more" if left > 0 else told


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[re.Pattern[str], str]]:
    for english, words in _SENTENCES:
        parts = re.split(r"\{(\w+)\}", english)
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = (f"(?P<{name}>.+?)" for name in parts[1::2])
        spaced = re.sub(r" (?=[:;?»])|(?<=«) ", "\u00a0", words)
        yield re.compile("".join(parts), re.S), spaced
