"""The command line: `vigie`. Exit codes are mapped here and nowhere else (DESIGN.md §11)."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from types import FrameType
from typing import Any

from vigie.cli.words import both, language, tell
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
    from typer.exceptions import Abort, TyperException

    from vigie.cli.app import app

    try:
        ended = app(standalone_mode=False)
        return ended if isinstance(ended, int) else 0
    except TyperException as error:  # of the command line itself
        _show(error)
        return error.exit_code
    except Abort:
        return 1
    except VigieError as error:
        from vigie.locales.errors import said

        lang = language()
        colon = "\u00a0:" if lang == "fr" else ":"
        tell(f"vigie{colon} {said(error, lang)}", logging.ERROR, code=error.exit_code)
        return error.exit_code
    except Interrupted:
        tell(both("vigie : interrompu, rien n’est perdu", "vigie: interrupted; nothing is lost"))
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)


def _show(error: Any) -> None:
    """What is wrong with the command line, in the words of typer or ours in French; its help where
    nothing was asked for."""
    context = getattr(error, "ctx", None)
    told = error.format_message()
    if language() != "fr" or context is None or told == context.get_help():
        error.show()
        return
    from vigie.locales.errors import worded

    usage = context.get_usage().replace("Usage: ", "Usage\u00a0: ", 1)
    tell(f"{usage}\nVoir «\u00a0{context.command_path} --help\u00a0».\n")
    tell(f"vigie\u00a0: {worded(told, 'fr')}", logging.ERROR, code=error.exit_code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(INTERRUPTED)
