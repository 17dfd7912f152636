import gzip
import json
from pathlib import Path

import pytest

from nlp import scoring
from vigie.errors import ImportRefused
from vigie.evaluation.floors import better, holds
from vigie.evaluation.nlp import evaluate_entities, evaluate_sentiment

POSTS = [
    {
        "id": "1",
        "text": "J'adore ce vélo, merci à toute l'équipe ❤️",
        "lang": "fr",
        "label": "positive",
    },
    {
        "id": "2",
        "text": "Terrible support, the bike broke, avoid",
        "lang": "en",
        "label": "negative",
    },
    {"id": "3", "text": "@user http", "label": None},
]
SENTENCES = [
    {"tokens": ["Emma", "Martin", "lives", "in", "Leeds", "."], "lang": "en",
     "tags": ["B-person", "I-person", "O", "O", "B-location", "O"]},
    {"tokens": ["Paul", "Adams", "moved", "to", "Paris", "."]},
    {"tokens": []},
]  # fmt: skip


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    lines = "\n".join(json.dumps(row) for row in rows) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines.encode()))
    else:
        path.write_text(lines, "utf-8")
    return path


def lines(path: Path) -> list[dict[str, object]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in raw.splitlines()]


def test_sentiment_of_a_file(tmp_path: Path) -> None:
    out = tmp_path / "said.jsonl"
    scores = evaluate_sentiment(write(tmp_path / "posts.jsonl.gz", POSTS), out)
    said = lines(out)
    assert [row["id"] for row in said] == ["1", "2", "3"]
    assert [row["label"] for row in said[:2]] == ["positive", "negative"]
    assert all(row["label"] in {"negative", "neutral", "positive"} for row in said)
    assert all({"score", "confidence"} <= set(row) for row in said)
    assert scores["all"] == {"n": 2, "accuracy": 100.0, "macro_f1": 100.0, "macro_recall": 100.0}
    assert set(scores["languages"]) == {"fr", "en"}


def test_a_file_without_labels_has_no_scores(tmp_path: Path) -> None:
    source = write(tmp_path / "posts.jsonl", [{"text": "Bonjour"}])
    assert evaluate_sentiment(source, tmp_path / "said.jsonl.gz") == {}
    assert lines(tmp_path / "said.jsonl.gz")[0]["text"] == "Bonjour"


def test_an_empty_file(tmp_path: Path) -> None:
    source = write(tmp_path / "none.jsonl", [])
    for evaluate in (evaluate_sentiment, evaluate_entities):
        assert evaluate(source, tmp_path / "said.jsonl") == {}
        assert lines(tmp_path / "said.jsonl") == []


def test_entities_of_a_file(tmp_path: Path) -> None:
    out = tmp_path / "said.jsonl"
    scores = evaluate_entities(write(tmp_path / "sentences.jsonl", SENTENCES), out)
    said = lines(out)
    assert said[0]["tags"] == ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
    assert said[1]["tags"] == ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
    assert said[2]["tags"] == []
    assert scores["all"] == {"n": 2, "precision": 100.0, "recall": 100.0, "f1": 100.0}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "no JSON"),
        ("[1]", "no JSON object"),
        ('{"label": "positive"}', "text"),
        ('{"text": "a", "label": "good"}', "not one of"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    source = tmp_path / "posts.jsonl"
    source.write_text('{"text": "a"}\n' + line + "\n", "utf-8")
    with pytest.raises(ImportRefused, match=words) as refused:
        evaluate_sentiment(source, tmp_path / "out")
    assert "line 2" in str(refused.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"tokens": "a b"}, "list of words"),
        ({"tokens": ["a"], "tags": []}, "1 tokens, 0 tags"),
        ({"tokens": ["a"], "tags": ["B-event"]}, "unknown tags"),
    ],
)
def test_wrong_sentences_are_named(tmp_path: Path, row: dict[str, object], words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        evaluate_entities(write(tmp_path / "s.jsonl", [row]), tmp_path / "out")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="cannot be opened"):
        evaluate_sentiment(tmp_path / "none.jsonl", tmp_path / "out")


def test_scores_by_hand() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")]
    assert scoring.labels(pairs) == {
        "n": 4, "accuracy": 75.0, "macro_f1": 73.3, "macro_recall": 75.0,
    }  # fmt: skip
    gold, said = ["B-PER", "I-PER", "O", "I-LOC"], ["B-PER", "O", "O", "B-LOC"]
    assert scoring.spans(gold) == {(0, 2, "PER"), (3, 4, "LOC")}
    found = scoring.entities([(gold, said)])
    assert found["all"] == {"n": 2, "precision": 50.0, "recall": 50.0, "f1": 50.0}
    assert found["PER"]["f1"] == 0.0


def test_floors_only_rise() -> None:
    assert better("btc_f1", 40.0, 47.0) == 47.0
    assert better("btc_f1", 48.0, 47.0) == 48.0
    assert better("false", 0.01, 0.005) == 0.005
    assert holds("btc_f1", 46.95, 47.0)
    assert not holds("btc_f1", 46.0, 47.0)
    assert holds("false", 0.0, 0.0)
    assert not holds("false", 0.006, 0.005)
