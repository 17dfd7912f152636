"""The command line: `vigie`. Exit codes are mapped here and nowhere else (DESIGN.md §11)."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from types import FrameType

from vigie.cli.words import both, reader, said, tell
from vigie.errors import VigieError

INTERRUPTED = 130
COLLECTIONS = (300_000, 20, 50)  # records come by the ten thousand, and none in a circle


class Interrupted(SystemExit):
    """A person or the system asked to stop; what is on disk stays. A kind of SystemExit, which
    asyncio lets through where it would swallow others."""


def main() -> None:
    """Runs the command line and exits with its code."""
    sys.exit(run())


def run() -> int:
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    gc.set_threshold(*COLLECTIONS)
    from vigie.cli.app import app

    try:
        app()
    except VigieError as error:
        tell(f"{said(reader(), 'vigie : ', 'vigie: ')}{error.render(reader())}", logging.ERROR,
             code=error.exit_code)  # fmt: skip
        return error.exit_code
    except Interrupted:
        tell(both("vigie : interrompu, rien n’est perdu", "vigie: interrupted; nothing is lost"))
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(INTERRUPTED)
