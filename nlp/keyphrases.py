"""What a post, or a batch of posts, is about: runs of words between stop words, and hashtags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from nlp import stopwords
from nlp.gazetteer import fold
from nlp.text import clean

VERSION = "keyphrases-1"
_PIECE = re.compile(r"#?\w+(?:-\w+)*|[^\w\s'’]|['’]")
_LONGEST = 3  # words of a phrase
_FEWEST_LETTERS = 3


def candidates(text: str, language: str | None) -> list[str]:
    """The phrases of a text in order, as written but for case: maximal runs of up to three words
    without a stop word, a number or a mark between them; a hashtag is a phrase of its own."""
    stop = stopwords.of(language)
    phrases: list[str] = []
    run: list[str] = []

    def close() -> None:
        for start in range(0, len(run), _LONGEST):
            phrases.append(" ".join(run[start : start + _LONGEST]))
        run.clear()

    for piece in _PIECE.findall(clean(text)):
        word = piece.lower()
        if word[0] == "#" and len(word) > 1:
            close()
            phrases.append(word)
        elif len(word) < _FEWEST_LETTERS or word.isdigit() or fold(word) in stop:
            close()
        else:
            run.append(word)
    close()
    return phrases


def of_post(text: str, language: str | None, limit: int = 5) -> tuple[str, ...]:
    """The phrases that carry most of a post: RAKE's sum over words of degree by frequency (Rose et
    al. 2010), earlier ones first where equal; hashtags count as two words."""
    phrases = candidates(text, language)
    frequency: Counter[str] = Counter()
    degree: Counter[str] = Counter()
    for phrase in phrases:
        words = phrase.split()
        for word in words:
            frequency[word] += 1
            degree[word] += len(words) + (word[0] == "#")
    score = {
        phrase: sum(degree[word] / frequency[word] for word in phrase.split())
        for phrase in dict.fromkeys(phrases)
    }
    return tuple(sorted(score, key=lambda phrase: -score[phrase])[:limit])


def of_batch(
    texts: Iterable[str], languages: Sequence[str | None], limit: int = 20
) -> list[tuple[str, int]]:
    """The phrases that most posts share, with the number of posts. A phrase that nearly always
    stands inside a longer one gives way to it (C-value's idea, Frantzi et al. 2000)."""
    posts: Counter[str] = Counter()
    for text, language in zip(texts, languages, strict=True):
        inside: set[str] = set()
        for phrase in candidates(text, language):
            words = phrase.split()
            inside.update(
                " ".join(words[start:end])
                for start in range(len(words))
                for end in range(start + 1, len(words) + 1)
            )
        posts.update(inside)
    longer: Counter[str] = Counter()
    for phrase, n in posts.items():
        words = phrase.split()
        for part in {" ".join(words[:-1]), " ".join(words[1:])} - {""}:
            longer[part] = max(longer[part], n)
    kept = [(phrase, n) for phrase, n in posts.items() if n > 1 and longer[phrase] < 0.8 * n]
    kept.sort(key=lambda item: (-item[1] * (1 + len(item[0].split())), item[0]))
    return kept[:limit]
