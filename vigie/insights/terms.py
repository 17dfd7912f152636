"""Words, hashtags and two-word phrases of posts, as columns: what the trend detector counts.

Words are folded (case, accents), links and handles are left out, `#health` and `health` are one
term. A phrase is two content words that follow each other but for function words, so that
"toit de pluie" and "toit pluie" are one; `phrase_of` finds how people write it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from importlib import resources

import polars as pl


def _stop_words() -> frozenset[str]:
    text = resources.files("vigie.insights").joinpath("stop_words.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


STOP_WORDS = _stop_words()

_LINK = r"(?i)(?:https?://|www\.)\S+|\bpic\.twitter\.com/\S+"
_HANDLE = r"(?:^|[^\p{L}\p{N}_])@[\p{L}\p{N}_.\-]+(?:@[\p{L}\p{N}.\-]+)?"
_WORD = r"[\p{L}\p{N}_]{2,}"
_NUMBER = r"^[\p{N}_]+$"
COPY_LENGTH = 80  # folded characters from which on two texts with the same beginning are copies


def fold(text: str) -> str:
    """The text without case and accents, as the columns are folded."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def _folded(column: pl.Expr) -> pl.Expr:
    return (
        column.str.replace_all(_LINK, " ")
        .str.replace_all(_HANDLE, " ")
        .str.to_lowercase()
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
    )


def words(texts: pl.Series) -> pl.Series:
    """The folded words of each text, in order, links and handles left out: a list column."""
    frame = pl.DataFrame({"text": texts.fill_null("")})
    return frame.select(_folded(pl.col("text")).str.extract_all(_WORD)).to_series()


def copy_keys(texts: pl.Series) -> pl.Series:
    """A hash per text, shared by copies: the same words, or the same first 80 characters."""
    spelled = words(texts).list.join(" ").str.replace(r"^rt ", "")
    return spelled.str.slice(0, COPY_LENGTH).hash(seed=0)


def occurrences(posts: pl.DataFrame, ignored: Collection[str] = ()) -> pl.DataFrame:
    """Each term of each post once: columns `post` (UInt32, the row's number in `posts`), `term`
    (text; phrases hold a space) and `key` (UInt64, the term's hash). Reads `text` and, where there
    is one, `hashtags`. `ignored` words are passed over as function words are."""
    left_out = pl.Series(sorted(STOP_WORDS | set(ignored)))
    spelled = pl.DataFrame({"post": pl.int_range(posts.height, dtype=pl.UInt32, eager=True)})
    spelled = spelled.with_columns(words(posts["text"]).alias("term"))
    exploded = (
        spelled.explode("term", empty_as_null=False)
        .filter(~pl.col("term").is_in(left_out.implode()))
        .with_columns(
            following=pl.col("term").shift(-1), same=pl.col("post").shift(-1) == pl.col("post")
        )
    )
    singles = exploded.filter(~pl.col("term").str.contains(_NUMBER)).select("post", "term")
    pairs = exploded.filter(pl.col("same") & (pl.col("term") != pl.col("following"))).select(
        "post", pl.concat_str("term", pl.lit(" "), "following").alias("term")
    )
    parts = [singles, pairs]
    if "hashtags" in posts.columns:
        tags = (
            pl.DataFrame({"post": spelled["post"], "term": posts["hashtags"]})
            .explode("term", empty_as_null=False)
            .drop_nulls()
            .with_columns(_folded(pl.col("term")).str.strip_chars("#"))
        )
        parts.append(tags.filter(pl.col("term").str.len_chars() > 1))
    return (
        pl.concat(parts)
        .filter(~pl.col("term").is_in(left_out.implode()))
        .unique(["post", "term"], maintain_order=True)
        .with_columns(key=pl.col("term").hash(seed=0))
    )


_SPELLED = re.compile(r"[^\W]+(?:['’][^\W]+)?|#\w+")


def phrase_of(term: str, texts: Iterable[str], hashtags: Iterable[Sequence[str]]) -> str:
    """How people write a term: the most frequent hashtag that folds to it, with its `#`, else the
    most frequent wording of it in the texts; the term itself where neither is found."""
    tags = Counter(tag for row in hashtags for tag in row if fold(tag) == term)
    if tags:
        return "#" + min(tags, key=lambda tag: (-tags[tag], tag))
    between = r"(?:[\s'’\-]+\w{1,4}){0,2}[\s'’\-]+".join(re.escape(w) for w in term.split())
    pattern = re.compile(rf"(?<!\w){between}(?!\w)")
    spelled: Counter[str] = Counter()
    for text in texts:
        folded = fold(text)
        found = pattern.search(folded)
        if found is not None:
            # folding may change lengths: only then is the folded wording the best that is known
            same = len(folded) == len(text)
            spelled[" ".join((text if same else folded)[found.start() : found.end()].split())] += 1
    if not spelled:
        return term
    return min(spelled, key=lambda words: (-spelled[words], words))
