"""What marks a post as a giveaway or as paid, in French and English: rules on its words, as
expressions over the columns `text`, `title` and `origin` of `frames.POSTS`."""

from __future__ import annotations

import re

import polars as pl

GIVEAWAY = (
    r"jeu[- ]?concours|grand jeu|tirage au sort|tir[ée]e?s? au sort|à gagner\b|tent(?:e|ez) (?:ta|"
    r"votre) chance|(?:gagne|gagnez|remporte|remportez) (?:un|une|le|la|ton|votre|notre|des)\b|"
    r"\bconcours\b.{0,80}\b(?:gagn|remport|abonn|comment|particip)|"
    r"\bgiveaway\b|sweepstakes?\b|prize draw|raffle\b|enter to win|chance to win|"
    r"\bwin (?:a|an|one|two|your|our)\b|to be won\b|tag (?:a|two|three|\d) friends?\b|"
    r"(?:identifie|identifiez|tague|taguez|mentionne|mentionnez) (?:un|une|deux|trois|\d|tes|vos) "
    r"?(?:ami|pote)|#(?:concours|giveaway|contest|jeuconcours|competition)\b"
)
PAID = (
    r"partenariat (?:rémunéré|commercial|sponsorisé)|collaboration (?:commerciale|rémunérée|"
    r"sponsorisée)|\bsponsorisée?\b|contenu sponsorisé|\bpublicité\b\s*[:\-—]|"
    r"\bre[çc]ue?s? en partenariat\b|"
    r"en (?:partenariat|collaboration) (?:rémunérée?|commerciale?) avec|code promo\b|"
    r"avec le code [A-Z0-9]{4,}|use (?:my|the) code [A-Z0-9]{4,}|"
    r"paid partnership|sponsored (?:by|post|content)|\badvertisement\b|"
    r"#(?:ad|ads|sponsored|spon|sponso|sponsorisé|pub|publicité|partenariat|partenariatrémunéré|"
    r"partenariatremunere|collab|collaborationcommerciale|paidpartnership|produitoffert|gifted)\b"
)

# What any of these words holds one of, in lower case: looking for signs first is ten times faster.
PAID_SIGNS = (
    "partenariat", "collab", "sponso", "publicité", "code", "partnership", "advertisement", "#ad",
    "#spon", "#pub", "#produitoffert", "#gifted",
)  # fmt: skip
_PAID = re.compile(PAID.lower())  # of lower case: twice as fast as without case


def says_paid(text: str) -> bool:
    """Whether a text tells that somebody paid for it: what `paid` reads, for one post."""
    lower = text.lower()
    for sign in PAID_SIGNS:
        if sign in lower:
            return _PAID.search(lower) is not None
    return False


def _words() -> pl.Expr:
    return pl.concat_str(["title", "text"], separator=" ", ignore_nulls=True)


def giveaway() -> pl.Expr:
    """Whether a post announces a giveaway or asks people to take part in one."""
    return _words().str.contains(f"(?i){GIVEAWAY}").fill_null(False).alias("giveaway")


def paid() -> pl.Expr:
    """Whether a post is known to be paid: so marked by its platform, or by its own words."""
    by_words = _words().str.contains(f"(?i){PAID}").fill_null(False)
    return (by_words | (pl.col("origin") == "paid").fill_null(False)).alias("paid")


def form() -> pl.Expr:
    """The format of a post: short_video (up to 60 s), video, carousel, image, article, link,
    text."""
    kinds = pl.col("media_kinds").fill_null([])
    images = kinds.list.count_matches("image") + kinds.list.count_matches("gif")
    video = kinds.list.contains("video") | (pl.col("kind") == "video")
    return (
        pl.when(video & (pl.col("media_duration_s") <= 60))
        .then(pl.lit("short_video"))
        .when(video)
        .then(pl.lit("video"))
        .when(images > 1)
        .then(pl.lit("carousel"))
        .when(images == 1)
        .then(pl.lit("image"))
        .when(pl.col("kind") == "article")
        .then(pl.lit("article"))
        .when(kinds.list.contains("link") | (pl.col("links").list.len() > 0))
        .then(pl.lit("link"))
        .otherwise(pl.lit("text"))
        .alias("format")
    )
