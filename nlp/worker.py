"""spaCy in a process of its own, so that it works while numpy does.

The process is started as a module and spoken to over its pipes, one JSON line each way: it runs no
code of the caller's `__main__`, works from any thread, and ends when its standard input does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import orjson

from nlp.entities import EntityModels, Span
from vigie.errors import VigieError

_CHUNK = 256  # texts a message


class EntityWorker:
    """Entities of texts, read in another process that starts with the first call."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="entities")

    def submit(self, texts: Sequence[str], language: str | None) -> Future[list[list[Span]]]:
        """The texts' spans, once they are read; calls are answered one after the other."""
        return self._thread.submit(self._spans, list(texts), language)

    def _spans(self, texts: list[str], language: str | None) -> list[list[Span]]:
        spans: list[list[Span]] = []
        for start in range(0, len(texts), _CHUNK):
            answer = self._ask({"language": language, "texts": texts[start : start + _CHUNK]})
            spans += [[(text, kind) for text, kind in one] for one in answer]
        return spans

    def _ask(self, question: dict[str, Any]) -> Any:
        process = self._process
        if process is None:
            process = self._process = start_process("nlp.worker")
            self._finish = weakref.finalize(self, _end, process)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(orjson.dumps(question) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        if not line:
            self._end()
            raise VigieError(
                f"the entity reader's process ended (status {process.returncode})",
                where="nlp.worker",
                do="see its message on standard error; the next call starts it again",
            )
        return orjson.loads(line)

    def close(self) -> None:
        """Ends the process; a later call starts another."""
        self._thread.submit(self._end).result()

    def _end(self) -> None:
        if self._process is not None:
            self._process = None
            self._finish()


def start_process(module: str) -> subprocess.Popen[bytes]:
    """A module of ours as a process, to be spoken to over its pipes."""
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # an interrupt at the terminal is the caller's to handle
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answers questions until there are no more."""
    models = EntityModels()
    for line in questions:
        question = orjson.loads(line)
        answers.write(orjson.dumps(models.spans(question["texts"], question["language"])) + b"\n")
        answers.flush()


def converse(serving: Callable[[IO[bytes], IO[bytes]], None]) -> None:
    """Serves over the pipes that `start_process` made, until the caller ends or is gone."""
    # What a library prints must not reach the answers.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serving(sys.stdin.buffer, channel)
    except BrokenPipeError:
        os._exit(1)  # nobody is left to tell


if __name__ == "__main__":
    converse(serve)
