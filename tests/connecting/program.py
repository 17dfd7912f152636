"""`vigie`, with a tiny crawler instead of the real one for each platform of INSTEAD; with DEBUG
set, all logs are on."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from tiny import install  # noqa: E402

if __name__ == "__main__":
    install(os.environ.get("INSTEAD", "").split())
    if os.environ.get("DEBUG"):  # everything that any library says, as it says it
        logging.basicConfig(level=logging.DEBUG)
        logging.getLogger("scrapy").setLevel(logging.DEBUG)
    from vigie.cli import main

    main()
