"""A Reader in a process of its own: the caller's goes on with its work.

The process is started as a module and spoken to over its pipes. Messages are pickles of a length
that is told first; both ends are this program.
"""

from __future__ import annotations

import pickle
import struct
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import IO, Any

from nlp.reading import Reader, Reading
from nlp.worker import converse, start_process
from vigie.errors import VigieError

_LENGTH = struct.Struct("<Q")


class AsideReader:
    """Like `nlp.reading.Reader`, whose arguments it takes; its process starts with the first
    texts. Safe across threads."""

    def __init__(
        self,
        languages: Sequence[str] = ("fr", "en"),
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._made_of = (
            tuple(languages),
            {key: tuple(told) for key, told in (names or {}).items()},
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def read(
        self,
        texts: Sequence[str],
        *,
        platform_langs: Sequence[str | None] | None = None,
        entities: Sequence[bool] | None = None,
        brands: Sequence[Sequence[str] | None] | None = None,
    ) -> list[Reading]:
        """One Reading a text, in order; see `Reader.read`. Raises VigieError where the process
        ends; the next call starts another."""
        question = {"platform_langs": platform_langs, "entities": entities, "brands": brands}
        with self._lock:
            answer: list[Reading] = self._ask((list(texts), question))
        return answer

    def _ask(self, question: Any) -> Any:
        process = self._process
        if process is None:
            process = self._process = start_process("nlp.aside")
            self._finish = weakref.finalize(self, _end, process)
            _send(process.stdin, self._made_of)
        try:
            _send(process.stdin, question)
            return _receive(process.stdout)
        except (OSError, EOFError) as error:
            self._end()
            raise VigieError(
                f"the reading process ended (status {process.returncode})",
                where="nlp.aside",
                do="see its message on standard error; the next call starts it again",
            ) from error

    def close(self) -> None:
        """Ends the process; a later `read` starts another. A `read` that another thread waits for
        raises VigieError."""
        if not self._lock.acquire(blocking=False):
            if (busy := self._process) is not None:
                busy.kill()
            self._lock.acquire()
        try:
            self._end()
        finally:
            self._lock.release()

    def _end(self) -> None:
        if self._process is not None:
            self._process = None
            self._finish()


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        # A process that has died leaves a question that cannot be delivered any more.
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.close()
    process.wait()


def _send(pipe: IO[bytes] | None, message: Any) -> None:
    assert pipe is not None
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(body)) + body)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> Any:
    assert pipe is not None
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    return pickle.loads(pipe.read(_LENGTH.unpack(head)[0]))


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Reads texts until no more are asked for."""
    languages, names = _receive(questions)
    with Reader(languages, names) as reader:
        while True:
            try:
                texts, asked = _receive(questions)
            except EOFError:
                return
            _send(answers, reader.read(texts, **asked))


if __name__ == "__main__":
    converse(serve)
