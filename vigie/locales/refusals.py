"""What errors say, in French: the pairs below, each English template with its French.

Errors are raised where no reader is known, in English (vigie/errors.py). Who shows one asks for
`translated`, which finds the template that a text was made of and puts its parts into the French
one. What stands in none of the pairs stays as it is: commands, names, a server's own words.
"""

from __future__ import annotations

import re
from functools import lru_cache

# fmt: off
PAIRS: dict[str, str] = {
    # clusters (vigie/store)
    "no answer after {} tries: {}": "pas de réponse après {} essais : {}",
    "see whether the cluster runs and has room, then run this again: what was written stays":
        "voyez si le cluster tourne et a de la place, puis relancez : ce qui est écrit reste",
    "a disk of the cluster is nearly full: free space on its nodes, which lifts the block, then "
    "run this again: what was written stays":
        "un disque du cluster est presque plein : libérez de la place sur ses nœuds, ce qui lève "
        "le blocage, puis relancez : ce qui est écrit reste",
    "the nodes' memory is full: give them more heap, or run fewer workers at a time, then run this "
    "again: what was written stays":
        "la mémoire des nœuds est pleine : donnez-leur plus de tas (heap), ou moins de tâches à la "
        "fois, puis relancez : ce qui est écrit reste",
    "{} documents put off {} times: {}": "{} documents remis à plus tard {} fois : {}",
    "document {} refused: {}": "document {} refusé : {}",
    "{} answers to {} documents": "{} réponses pour {} documents",
    "no address of a cluster": "ce n’est pas l’adresse d’un cluster",
    "write http://host:9200": "écrivez http://machine:9200",
    "a password stands in the address": "un mot de passe est dans l’adresse",
    "set {} and {}": "renseignez {} et {}",
    "set {} and {}, or {}": "renseignez {} et {}, ou {}",
    "user and password go together": "l’utilisateur va avec son mot de passe",
    "cannot read the certificate: {}": "certificat illisible : {}",
    "a PEM file": "un fichier PEM",
    "this user needs more rights: docs/operate.md":
        "cet utilisateur a trop peu de droits : docs/operate.fr.md",
    "raise http.max_content_length of the cluster":
        "augmentez http.max_content_length du cluster",
    "register it in the cluster: PUT /_snapshot/NAME":
        "déclarez-le dans le cluster : PUT /_snapshot/NOM",
    "the cluster's certificate is not trusted{}": "le certificat du cluster n’est pas reconnu{}",
    '[store] ca = "the PEM file of its authority", and in url the name that the certificate is for':
        '[store] ca = "le fichier PEM de son autorité", et dans url le nom que porte le certificat',
    "it speaks no TLS": "il ne parle pas TLS",
    "write http:// instead of https://": "écrivez http:// au lieu de https://",
    "the elasticsearch client is not installed": "le client elasticsearch n’est pas installé",
    "install elasticsearch 8 or 9, whichever the cluster is":
        "installez elasticsearch 8 ou 9, selon le cluster",
    "install the elasticsearch client of the cluster's own major version":
        "installez le client elasticsearch de la même version majeure que le cluster",
    "this is no Elasticsearch that the official client speaks to":
        "ce n’est pas un Elasticsearch que le client officiel accepte",
    "what answers is no OpenSearch and no Elasticsearch":
        "ce qui répond n’est ni OpenSearch ni Elasticsearch",
    "see whether [store] url is the cluster's own address":
        "voyez si [store] url est bien l’adresse du cluster",
    "made while its template was missing: {}": "créé pendant que son modèle manquait : {}",
    "DELETE /{} in the cluster, then vigie rebuild":
        "DELETE /{} dans le cluster, puis vigie rebuild",
    "its indices span a {}, not a {}": "ses index couvrent un(e) {}, non un(e) {}",
    '[store] period = "{}", or another prefix and vigie rebuild':
        '[store] period = "{}", ou un autre prefix et vigie rebuild',
    "there is no store named {} yet": "il n’y a pas encore de base nommée {}",
    "{} {} is too old": "{} {} est trop ancien",
    "{} or later": "{} ou plus récent",
    "the cluster's address is missing": "l’adresse du cluster manque",
    "or {}": "ou {}",
    "an embedded store has no snapshots": "une base intégrée n’a pas d’instantanés",
    "the file is enough": "le fichier suffit",
    "snapshot {}: {}": "instantané {} : {}",
    "GET /_snapshot/{}/{} says which shards failed":
        "GET /_snapshot/{}/{} dit quels fragments ont échoué",
    "other writers were first {} times": "d’autres ont écrit avant, {} fois",
    "run it again": "relancez",
    # stores
    "there is no store yet": "il n’y a pas encore de base",
    "opened for reading only": "ouverte en lecture seule",
    "metric samples are never changed": "un relevé de chiffres ne se modifie pas",
    "record {} under the id {}": "fiche {} sous l’identifiant {}",
    "the copy differs: {}": "la copie diffère : {}",
    "run it again; a target that held something before keeps that, too":
        "relancez ; une base qui contenait déjà quelque chose le garde aussi",
    # backup and restore
    "cannot write: {}": "écriture impossible : {}",
    "free disk space": "libérez de la place sur le disque",
    "name a file in a folder that can be written":
        "nommez un fichier dans un dossier où l’on peut écrire",
    "a workspace is there already": "il y a déjà un espace de travail",
    "take another folder": "prenez un autre dossier",
    "cannot be read: {}": "illisible : {}",
    "another copy": "prenez une autre copie",
    "no backup, or one that is cut off": "ce n’est pas une sauvegarde, ou elle est tronquée",
    "format {}": "format {}",
    "a newer Vigie": "prenez un Vigie plus récent",
    "{} is damaged": "{} est abîmé",
    "{} is damaged: {}": "{} est abîmé : {}",
    "{} is missing": "{} manque",
    "{} leads out of the folder": "{} mène hors du dossier",
    "the store holds {} posts already: engine {}, prefix {}":
        "la base contient déjà {} publications : engine {}, prefix {}",
    "the store is not the one that was backed up: {}":
        "la base n’est pas celle qui a été sauvegardée : {}",
    "another cluster or prefix below [store] in its vigie.toml, then run this again":
        "un autre cluster ou prefix sous [store] dans son vigie.toml, puis relancez",
    # workspaces and who works in them
    "no {} here": "pas de {} ici",
    "vigie init, or --workspace DIR": "vigie init, ou --workspace DOSSIER",
    "not of the form NAME=value": "ce n’est pas de la forme NOM=valeur",
    "write NAME=value": "écrivez NOM=valeur",
    "another {} is at work here": "un autre travail « {} » est en cours ici",
    "wait for it to end": "attendez qu’il finisse",
    "the store": "la base",
    "another process lands here": "un autre processus écrit ici",
    "999 processes write here": "999 processus écrivent ici",
    "accounts were forgotten here, and the key to know them by is missing":
        "des comptes ont été oubliés ici, et la clé qui les reconnaît manque",
    "copy {} from the machine that forgot them, or set {}":
        "recopiez {} depuis le poste qui les a oubliés, ou renseignez {}",
    # Prefect
    "is not set": "n’est pas renseigné",
    "is not set, and a new token is masked in JSON lines":
        "n’est pas renseigné, et un nouveau jeton est masqué dans les lignes JSON",
    "set it in .env or in the environment": "renseignez-le dans .env ou dans l’environnement",
    "cannot listen on port {}: {}": "impossible d’écouter sur le port {} : {}",
    "take another --port; 0 takes a free one": "prenez un autre --port ; 0 en prend un libre",
    "set it in .env: {}": "renseignez-le dans .env : {}",
    "start it by vigie worker": "lancez-le par vigie worker",
    "no Prefect server answers at {}": "aucun serveur Prefect ne répond à {}",
    "start it, or unset that": "lancez-le, ou retirez cette variable",
    "write http://127.0.0.1:4200/api": "écrivez http://127.0.0.1:4200/api",
    "the Prefect server refuses: {}": "le serveur Prefect refuse : {}",
    "see its log": "voyez son journal",
    "the Prefect server does not start": "le serveur Prefect ne démarre pas",
    "read it": "lisez-le",
    "no work pool {} there": "pas de groupe de travail {} là-bas",
    "the work pool {} is of type {}": "le groupe de travail {} est de type {}",
    "name another, or one of type process": "nommez-en un autre, ou un de type process",
    # Dashboards
    "no address of a Dashboards": "ce n’est pas l’adresse d’un Dashboards",
    "no address: {}": "ce n’est pas une adresse : {}",
    "write https://host:5601": "écrivez https://machine:5601",
    "a user or password in an address is seen by others":
        "un utilisateur ou mot de passe dans une adresse se voit",
    "a user goes with a password": "un utilisateur va avec un mot de passe",
    "no file {}": "pas de fichier {}",
    "name the certificate authority's PEM file": "nommez le fichier PEM de l’autorité",
    "asks to log in": "demande de s’identifier",
    "cannot be reached: {}": "injoignable : {}",
    "is it running? its own certificate authority goes into {}":
        "tourne-t-il ? son autorité de certification se met dans {}",
    "no answer within {} s": "pas de réponse en {} s",
    "took no saved object and says not why": "n’a pris aucun objet, sans dire pourquoi",
    "took {} of {} objects": "a pris {} objets sur {}",
    "answers, but is neither OpenSearch Dashboards nor Kibana":
        "répond, mais n’est ni OpenSearch Dashboards ni Kibana",
    "OpenSearch Dashboards from 2 on and Kibana from 7.10 on take these objects":
        "OpenSearch Dashboards depuis la 2 et Kibana depuis la 7.10 prennent ces objets",
    "let that user write saved objects":
        "laissez cet utilisateur écrire des objets enregistrés",
    "give the address that a browser shows, with its base path and space":
        "donnez l’adresse que montre un navigateur, avec son chemin et son espace",
    "raise the server's savedObjects.maxImportPayloadBytes":
        "augmentez savedObjects.maxImportPayloadBytes du serveur",
    "its version is older than 7.10: use a newer one":
        "sa version est antérieure à la 7.10 : prenez-en une plus récente",
    # the command line
    "no store {}": "pas de base {}",
    "from a store to itself": "d’une base vers elle-même",
    "cannot read {}": "{} est illisible",
    "either a length or bounds": "une durée, ou des bornes",
    "leave out --from and --to": "ôtez --from et --to",
    "write 7d, 24h or 4w": "écrivez 7d, 24h ou 4w",
    "write {}": "écrivez {}",
    "a period has two ends": "une période a deux bornes",
    "give both": "donnez les deux",
    "the period ends before it begins": "la période finit avant de commencer",
    "swap them": "échangez-les",
    "no address to link to": "ce n’est pas une adresse pour des liens",
    "no prefix {}": "{} n’est pas un préfixe",
    "lower case, digits and -": "minuscules, chiffres et -",
    "name another folder": "nommez un autre dossier",
    "which file?": "quel fichier ?",
    "which platform?": "quelle plateforme ?",
    "{} takes no {}": "{} n’accepte pas {}",
    "no account of {}: {}": "ce n’est pas un compte de {} : {}",
    "no network {}": "pas de réseau {}",
    "cannot export {}": "{} ne s’exporte pas",
    "no format {}": "pas de format {}",
    "no brand {}": "pas de marque {}",
    "no crawler reads {}": "aucune collecte ne lit {}",
    # the watchlist's file
    "no such file": "ce fichier n’existe pas",
    "not UTF-8": "ce n’est pas de l’UTF-8",
    "save it as UTF-8": "enregistrez-le en UTF-8",
    "not valid TOML: {}": "ce n’est pas du TOML valide : {}",
    "mend the line": "corrigez la ligne",
    "mend this line": "corrigez cette ligne",
    "mend these lines": "corrigez ces lignes",
}
# The same in both languages: commands, names, what only joins others' words.
NEUTRAL = frozenset({
    "HTTP {}, {}", "{}: {}", "SQLite: {}", "{}={}", "{}, {}", "{}, --list", "--file FILE.json",
    "NETWORK=ACCOUNT", "NETWORK:ACCOUNT", "embedded, opensearch", "json, html, md", "posts",
    "keep_days = 400", '[store] client = "opensearch"', "vigie check", "vigie deploy", "vigie init",
    "vigie verify", "vigie run, vigie import",
})
# fmt: on


def translated(text: str) -> str:
    """An error's words in French; as they are where no pair makes them."""
    if text in PAIRS:
        return PAIRS[text]
    for pattern, french in _patterns():
        if found := pattern.fullmatch(text):
            return french.format(*found.groups())
    return text


@lru_cache(1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Templates with parts as patterns; those that say most before those that would fit as well."""
    open_ = sorted((one for one in PAIRS if "{}" in one), key=lambda one: -len(one))
    return [
        (re.compile("(.*?)".join(map(re.escape, one.split("{}"))), re.DOTALL), PAIRS[one])
        for one in open_
    ]
