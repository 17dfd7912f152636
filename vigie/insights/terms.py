"""Words, hashtags and two-word phrases of posts, as columns: what the trend detector counts.

Words are folded (case, accents), links and handles are left out, `#health` and `health` are one
term. A phrase is two content words that follow each other but for function words, so that
"toit de pluie" and "toit pluie" are one; `phrase_of` finds how people write it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import polars as pl

STOP_WORDS = frozenset(
    """
    a ai ainsi alors apres as au aucun aujourd aussi autre autres aux avait avant avec avez avoir
    avons bah bcp beaucoup bien bon bonjour bonne ca car ce cela celle celui ces cet cette ceux
    chaque chez ci comme comment contre c d da dans de deja depuis des deux dire dit dois doit donc
    dont du elle elles en encore entre es est et etaient etait etant ete etes etre eu eux faire fait
    faut fois font hier hui ici il ils j je jour jours jusqu juste l la le les leur leurs lui ma
    mais maintenant mal me meme mes mettre mieux moi moins mon m n ne ni non nos notre nous on ont
    ou oui par parce pas pendant petit petite peu peut peux plein plus plutot pour pourquoi pouvoir
    pres prend qu quand que quel quelle quelles quelqu quelque quelques quels qui quoi quoique rien
    s sa sans se sera ses si soit son sont sous souvent suis sur ta te tel tes tiens toi ton toujours
    tous tout toute toutes tres trop trouve tu t un une va vais vers veut veux vient voici voila
    voir vois vont vos votre vous vraiment vu y
    about after again all also am amp an and any anyone anything are aren around as at away back be
    because been before being best better but by came can cannot come could couldn day days did
    didn do does doesn doing don done down each else even ever every everyone everything few find
    first for found from get gets getting give go goes going gonna good got gotta great guys had
    has hasn have haven having he hello her here hers hey hi him his how http https i if im in into
    is isn it its ive just keep know last least let lets like little ll long look looking lot lol
    made make makes making man many maybe me mine more most much must my need never new next nice
    no nobody nor not nothing now of off oh ok okay old on once one only or other our out over own
    people please pretty put re really right rt said same say says see seen she should shouldn since
    so some someone something still such sure take tell than thank thanks that the their them then
    there these they thing things think this those though through time to today tomorrow tonight too
    took try two u under until up ur us use used using ve very via want wants was wasn way we week
    well went were what when where which while who why will with without won would wouldn wow www
    yeah year years yes yesterday yet you your yours
    """.split()
)

_LINK = r"(?i)(?:https?://|www\.)\S+|\bpic\.twitter\.com/\S+"
_HANDLE = r"(?:^|[^\p{L}\p{N}_])@[\p{L}\p{N}_.\-]+(?:@[\p{L}\p{N}.\-]+)?"
_WORD = r"[\p{L}\p{N}_]{2,}"
_REPOST = r"^\s*RT\b"
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
    """A hash per text that copies share: the same words, or the same first 80 characters of them."""
    spelled = words(texts).list.join(" ").str.replace(r"^rt ", "")
    return spelled.str.slice(0, COPY_LENGTH).hash(seed=0)


def occurrences(posts: pl.DataFrame) -> pl.DataFrame:
    """Each term of each post once: columns `post` (UInt32, the row's number in `posts`), `term`
    (text; phrases hold a space) and `key` (UInt64, the term's hash). Reads `text` and `hashtags`."""
    spelled = pl.DataFrame({"post": pl.int_range(posts.height, dtype=pl.UInt32, eager=True)})
    spelled = spelled.with_columns(words(posts["text"]).alias("term"))
    exploded = (
        spelled.explode("term", empty_as_null=False)
        .filter(~pl.col("term").is_in(list(STOP_WORDS)))
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
