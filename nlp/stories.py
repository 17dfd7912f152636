"""One story, N sources: copies, reposts and headlines that several outlets took over.

A text's fingerprint is its pairs of neighbouring words, each weighted by the letters of those that
are not stop words. A story is the fingerprint of its first post; a later text belongs to it where
the weight of the shared pairs is a large enough part of both (`_alike`), whatever was done to it on
the way: a repost mark, a link, a hashtag, an outlet's name, a cut, a word changed. Only the first
post stands for its story, so that a chain of small changes cannot drift from it. Little weight asks
for more likeness and for less time between: "merci pour le retour" twice is two people.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from zlib import crc32

import numpy as np

from nlp.stopwords import BOTH
from nlp.text import clean
from vigie.errors import VigieError

VERSION = "stories-1"
WINDOW = timedelta(days=21)  # without a new post, a story is over
SHORT_WINDOW = timedelta(days=3)  # the same for texts of little weight

_WORD = re.compile(r"\w+")
_CREDIT = re.compile(
    r"\s(?:\(?(?:via|source|h/t|lu sur|read on)\b:?\s.{1,40}|[-–—|•]\s[^-–—|•]{2,40})$", re.I
)
_LABELS = re.compile(r"(?:\s*#\w+)+\W*$")  # hashtags at the end
_CUT = re.compile(r"(?:…|\.\.\.)\W*$")
_KEYS = 6  # heaviest pairs of a story that are indexed
_CROWD = 48  # stories under one key; the newest are looked at
_LOOKED_AT = 12
_HEAVIEST = 15  # weight of a pair

# Chosen on synthetic reposts of the development stream (nlp/measures.py). Sentences that follow one
# pattern ("the X broke after N weeks") share up to half of their weight: hence _SHARE.
_FEWEST = 8  # shared weight below which two texts are never one story
_LIGHT = 50  # shared weight below which they are one for days only
_SHARE = 0.55  # of the weight of both that is shared
_DOUBT = 3.0  # over the shared weight: more likeness where there is little to go by
_SHARE_ONE_WORD = 0.2  # the same where one word differs
_HELD_WHOLE = 0.85  # of the lighter text that stands in the other ...
_CUT_WEIGHT = 8  # ... if it was cut
_HELD_WEIGHT = 25  # ... or is long enough

Pairs = dict[int, int]  # hash of two neighbouring words → weight


@dataclass(slots=True)
class _Story:
    id: str
    pairs: Pairs
    cut: bool
    last: float  # epoch seconds of its latest post


class Stories:
    """Which story each post belongs to; remembers the stories of the last weeks."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window.total_seconds()
        self._stories: list[_Story] = []
        self._places: dict[int, list[int]] = {}  # pair → stories that have it among their keys
        self._story_of: dict[str, str] = {}  # of posts that are not the first of theirs

    def assign(
        self,
        ids: Sequence[str],
        texts: Sequence[str | None],
        published_at: Sequence[datetime],
        repost_of: Sequence[str | None] | None = None,
    ) -> list[str]:
        """For each post the id of the first post of its story, its own where it stands alone.

        Within a batch the earliest post is the first; across batches, the one that came first
        (a story keeps its id when an older copy turns up late). Asked again, the answer is the
        same. A repost belongs to what it reposts, also where that was never collected."""
        reposts = repost_of if repost_of is not None else [None] * len(ids)
        found = [""] * len(ids)
        for i in sorted(range(len(ids)), key=lambda n: (published_at[n], ids[n])):
            found[i] = self._assign(ids[i], texts[i] or "", published_at[i].timestamp(), reposts[i])
        return found

    def recall(
        self,
        ids: Sequence[str],
        texts: Sequence[str | None],
        published_at: Sequence[datetime],
        repost_of: Sequence[str | None],
        stories: Sequence[str],
    ) -> None:
        """Takes posts with the stories that they were told to belong to, as `assign` left them. The
        first post of a story comes before or among those that belong to it; without it, the story
        is not remembered."""
        known = {story.id: story for story in self._stories}
        for i in sorted(range(len(ids)), key=lambda n: (published_at[n], ids[n])):
            id, at = ids[i], published_at[i].timestamp()
            story = known.get(stories[i])
            if stories[i] != id:
                self._story_of[id] = stories[i]
                if story is not None and repost_of[i] is None:
                    story.last = max(story.last, at)
            elif story is None and repost_of[i] is None:
                pairs, cut = fingerprint(texts[i] or "")
                if pairs:
                    story = known[id] = _Story(id, pairs, cut, at)
                    self._add(story)

    def recall_members(self, stories: Mapping[str, str]) -> None:
        """Takes the stories of single posts, so that their reposts are told to belong there."""
        self._story_of.update((id, story) for id, story in stories.items() if id != story)

    def unknown(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that are no story's and no post's that is remembered."""
        wanted = {id for id in ids if id not in self._story_of}
        return wanted - {story.id for story in self._stories} if wanted else wanted

    def __len__(self) -> int:
        """How many stories are remembered."""
        return len(self._stories)

    def _assign(self, id: str, text: str, at: float, repost_of: str | None) -> str:
        known = self._story_of.get(id)
        if known is not None:
            return known
        if repost_of is not None:
            story = self._story_of[id] = self._story_of.get(repost_of, repost_of)
            return story
        pairs, cut = fingerprint(text)
        if not pairs:
            return id
        found = self._nearest(pairs, cut, at)
        if found is None:
            self._add(_Story(id, pairs, cut, at))
            return id
        found.last = max(found.last, at)
        if found.id != id:
            self._story_of[id] = found.id
        return found.id

    def _add(self, story: _Story) -> None:
        place = len(self._stories)
        self._stories.append(story)
        pairs = story.pairs
        for key in sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:_KEYS]:
            self._places.setdefault(key, []).append(place)

    def _nearest(self, pairs: Pairs, cut: bool, at: float) -> _Story | None:
        seen: Counter[int] = Counter()
        for pair in pairs:
            places = self._places.get(pair)
            if places:
                seen.update(islice(self._living(places, at), _CROWD))
        best, best_share = None, 0.0
        for place, _ in seen.most_common(_LOOKED_AT):
            story = self._stories[place]
            apart = abs(at - story.last)
            share = _alike(pairs, story.pairs, cut or story.cut, apart)
            if share > best_share:
                best, best_share = story, share
        return best

    def _living(self, places: Sequence[int], at: float) -> Iterator[int]:
        """Those of the stories that are not over then, the newest first: what is forgotten changes
        no answer."""
        for place in reversed(places):
            if abs(at - self._stories[place].last) <= self._window:
                yield place

    def forget(self, before: datetime) -> None:
        """Drops the stories whose latest post is older, to bound memory; what is published a
        `window` after that or later belongs to none of them."""
        kept = [story for story in self._stories if story.last >= before.timestamp()]
        ids = {story.id for story in kept}
        self._stories, self._places = [], {}
        for story in kept:
            self._add(story)
        self._story_of = {post: story for post, story in self._story_of.items() if story in ids}

    def to_bytes(self) -> bytes:
        """The state, to be kept between runs; `assign` on the old posts rebuilds it as well."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            version=np.array(VERSION),
            ids=np.array("\n".join(story.id for story in self._stories)),
            sizes=np.array([len(story.pairs) for story in self._stories], np.int32),
            pairs=np.array([pair for story in self._stories for pair in story.pairs], np.uint32),
            weights=np.array(
                [w for story in self._stories for w in story.pairs.values()], np.uint8
            ),
            cut=np.array([story.cut for story in self._stories], np.bool_),
            last=np.array([story.last for story in self._stories], np.float64),
            members=np.array("\n".join(self._story_of)),
            stories=np.array("\n".join(self._story_of.values())),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, state: bytes, window: timedelta = WINDOW) -> Stories:
        """The state that `to_bytes` gave; raises VigieError for one of another version."""
        with np.load(io.BytesIO(state), allow_pickle=False) as kept:
            if str(kept["version"]) != VERSION:
                raise VigieError(
                    f"stories of version {kept['version']}, not {VERSION}",
                    do="rebuild them: vigie rebuild",
                )
            stories = cls(window)
            pairs, weights = kept["pairs"].tolist(), kept["weights"].tolist()
            end = 0
            for id, size, cut, last in zip(
                _lines(kept["ids"]), kept["sizes"].tolist(), kept["cut"].tolist(),
                kept["last"].tolist(), strict=True,
            ):  # fmt: skip
                start, end = end, end + size
                own = dict(zip(pairs[start:end], weights[start:end], strict=True))
                stories._add(_Story(id, own, cut, last))
            members = zip(_lines(kept["members"]), _lines(kept["stories"]), strict=True)
            stories._story_of = dict(members)
        return stories


def _lines(text: object) -> list[str]:
    return str(text).split("\n") if str(text) else []


def fingerprint(text: str) -> tuple[Pairs, bool]:
    """The weighted pairs of a text and whether it was cut; links, handles, hashtags at the end,
    case, accents, credits ("via X", " - Outlet") and a cut last word leave no trace."""
    text = clean(text)
    cut = _CUT.search(text) is not None
    if not cut:
        text = _CREDIT.sub("", _LABELS.sub("", text))
    folded = text.lower()
    if not folded.isascii():
        folded = "".join(
            c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c)
        )
    words = _WORD.findall(folded)
    if cut:
        words = words[:-1]
    letters = [0 if word in BOTH else len(word) for word in words]
    return {
        crc32(f"{a} {b}".encode()): min(_HEAVIEST, n + m)
        for (a, n), (b, m) in pairwise(zip(words, letters, strict=True))
    }, cut


def _alike(a: Pairs, b: Pairs, cut: bool, apart: float) -> float:
    """The share of weight that two texts have in common; 0 where they are not one story."""
    shared = sum(weight for pair, weight in a.items() if pair in b)
    if shared < _FEWEST:
        return 0.0
    whole_a, whole_b = sum(a.values()), sum(b.values())
    if shared < _LIGHT and apart > SHORT_WINDOW.total_seconds():
        return 0.0
    share = shared / (whole_a + whole_b - shared)
    doubt = _DOUBT / shared
    if share >= _SHARE + doubt:
        return share
    common = sum(pair in b for pair in a)
    if share >= _SHARE_ONE_WORD + doubt and max(len(a), len(b)) - common <= 2:
        return share  # one word changed, which parts two pairs
    whole = shared >= _HELD_WHOLE * min(whole_a, whole_b)
    return share if whole and shared >= (_CUT_WEIGHT if cut else _HELD_WEIGHT) else 0.0
