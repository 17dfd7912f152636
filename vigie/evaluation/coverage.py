"""How much of each field the recorded answers of the platforms carry, and the page that tells it.

`python -m vigie.evaluation.coverage SHARED` measures the folders of `SHARED/fixtures`, writes
`vigie/evaluation/coverage.json` and, from that and `vigie/offers.toml`, `docs/platforms.md` and
`docs/platforms.fr.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from vigie.evaluation.mapping import answers
from vigie.offers import Lang, offers
from vigie.platforms import titled
from vigie.records import Account, Counts, Post

HERE = Path(__file__).parent / "coverage.json"
COUNTS = tuple(Counts.model_fields)
Measured = dict[str, Any]
_POST: Mapping[str, Callable[[Post], bool]] = {
    "author": lambda post: post.author.id is not None or post.author.handle is not None,
    "text": lambda post: bool(post.text or post.title),
    "time": lambda post: post.published_at.tzinfo is not None,
    "language": lambda post: post.lang is not None,
    **{
        name: partial(lambda post, name: getattr(post.metrics, name) is not None, name=name)
        for name in COUNTS
    },
}
_ACCOUNT: Mapping[str, Callable[[Account], bool]] = {
    "followers": lambda account: account.followers is not None
}


def measure(folder: Path) -> Measured:
    """Of one platform's recorded bodies: how many, what they became, and the share of posts
    (without bare reposts) and accounts that carry each field, 0..1; fields that none carries are
    left out. Raises ConfigError, and what a mapper raises."""
    from crawlers import load

    platform = folder.resolve().name
    mapper = load(platform)
    mapped = [mapper.map(answer) for _, answer in answers(folder, platform)]
    posts = [post for one in mapped for post in one.posts if post.kind != "repost"]
    accounts = [account for one in mapped for account in one.accounts]
    shares = {**_shares(posts, _POST), **_shares(accounts, _ACCOUNT)}
    return {
        "bodies": len(mapped),
        "posts": sum(len(one.posts) for one in mapped),
        "accounts": len(accounts),
        "samples": sum(len(one.samples) for one in mapped),
        "tombstones": sum(len(one.tombstones) for one in mapped),
        "fields": {name: share for name, share in shares.items() if share},
    }


def _shares(records: list[Any], fields: Mapping[str, Callable[[Any], bool]]) -> dict[str, float]:
    many = len(records)
    return {
        name: round(sum(map(has, records)) / many, 3) if many else 0.0
        for name, has in fields.items()
    }


def kept() -> dict[str, Measured]:
    """What was measured last, by platform."""
    known: dict[str, Measured] = orjson.loads(
        (files("vigie.evaluation") / "coverage.json").read_bytes()
    )
    return known


_WORDS: dict[Lang, dict[str, str]] = {
    "en": {
        "head": "# Platforms: what you get, what you don't, what you need\n\n"
        "*[Français](platforms.fr.md).* A count that a platform does not give is unknown, never 0. "
        "The last line of each says what its recorded answers hold, as `vigie evaluate mapping` "
        "reads them. Made by `python -m vigie.evaluation.coverage`.\n",
        "gives": "You get",
        "lacks": "You don't",
        "needs": "You need",
        "counts": "Counts of anybody's posts",
        "own": "Only for your own accounts",
        "seen": "In the recordings",
        "none": "none",
        "bodies": "answer",
        "posts": "post",
        "accounts": "account",
        "samples": "figure",
        "colon": ": ",
        "then": "; ",
        "unmeasured": "none at hand",
    },
    "fr": {
        "head": "# Plateformes : ce que vous avez, ce que vous n’avez pas, ce qu’il faut\n\n"
        "*[English](platforms.md).* Un compteur qu’une plateforme ne donne pas est inconnu, jamais "
        "nul. La dernière ligne dit ce que contiennent ses réponses enregistrées, lues par `vigie "
        "evaluate mapping`. Cette page est produite par `python -m vigie.evaluation.coverage`.\n",
        "gives": "Vous avez",
        "lacks": "Vous n’avez pas",
        "needs": "Il faut",
        "counts": "Compteurs de toute publication",
        "own": "Seulement pour vos comptes",
        "seen": "Dans les enregistrements",
        "none": "aucun",
        "bodies": "réponse",
        "posts": "publication",
        "accounts": "compte",
        "samples": "chiffre",
        "colon": " : ",
        "then": " ; ",
        "unmeasured": "aucun sous la main",
    },
}  # fmt: skip
_FIELDS_FR = {
    "author": "auteur", "text": "texte", "time": "heure", "language": "langue",
    "likes": "mentions J’aime", "shares": "partages", "replies": "réponses", "quotes": "citations",
    "saves": "enregistrements", "views": "vues", "clicks": "clics", "reach": "portée",
    "impressions": "impressions", "followers": "abonnés", "engagement": "engagement",
    "sessions": "sessions", "engagedSessions": "sessions avec engagement",
    "engagementRate": "taux d’engagement", "keyEvents": "événements clés",
    "totalRevenue": "revenus",
}  # fmt: skip
_FIELDS_EN = {
    "engagedSessions": "engaged sessions", "engagementRate": "engagement rate",
    "keyEvents": "key events", "totalRevenue": "revenue",
}  # fmt: skip


def page(lang: Lang, measured: Mapping[str, Measured]) -> str:
    """The documentation's page of all platforms."""
    return "\n".join(_lines(lang, measured)) + "\n"


def _lines(lang: Lang, measured: Mapping[str, Measured]) -> Iterator[str]:
    words = _WORDS[lang]
    yield words["head"]
    for name, offer in offers().items():
        yield f"## {titled(name, lang)}\n"
        yield "| | |"
        yield "|---|---|"
        yield f"| {words['gives']} | {offer.gives[lang]} |"
        yield f"| {words['lacks']} | {offer.lacks[lang]} |"
        yield f"| {words['needs']} | {offer.needs[lang]} |"
        yield f"| {words['counts']} | {_named(offer.counts, lang)} |"
        if offer.own:
            yield f"| {words['own']} | {_named(offer.own, lang)} |"
        yield f"| {words['seen']} | {_seen(measured.get(name), lang)} |"
        yield ""


def _named(fields: tuple[str, ...], lang: Lang) -> str:
    return ", ".join(_field(name, lang) for name in fields) or _WORDS[lang]["none"]


def _field(name: str, lang: Lang) -> str:
    return (_FIELDS_FR if lang == "fr" else _FIELDS_EN).get(name, name)


def _seen(one: Measured | None, lang: Lang) -> str:
    words = _WORDS[lang]
    if one is None:
        return words["unmeasured"]
    percent = "{} {:.0f} %" if lang == "fr" else "{} {:.0f}%"
    shares = words["then"].join(
        percent.format(_field(name, lang), 100 * share) for name, share in one["fields"].items()
    )
    said = ", ".join(
        _counted(one[kind], words[kind], lang)
        for kind in ("bodies", "posts", "accounts", "samples")
    )
    return said + (words["colon"] + shares if shares else "")


def _counted(many: int, word: str, lang: Lang) -> str:
    single = many < 2 if lang == "fr" else many == 1
    return f"{many} {word}" if single else f"{many} {word}s"


def main(shared: Path) -> None:
    """Measures, and writes what is measured and both pages into this checkout."""
    from crawlers import names

    folders = {name: shared / "fixtures" / name for name in offers() if name in names()}
    found = {name: measure(folder) for name, folder in folders.items() if folder.is_dir()}
    HERE.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    docs = Path(__file__).parents[2] / "docs"
    for lang, file in (("en", "platforms.md"), ("fr", "platforms.fr.md")):
        (docs / file).write_text(page(lang, found), encoding="utf-8")  # type: ignore[arg-type]


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared"))
