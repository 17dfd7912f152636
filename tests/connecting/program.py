"""`vigie` with a tiny crawler for each platform of TINY that this tree has none for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from tiny import install  # noqa: E402

if __name__ == "__main__":
    install(os.environ.get("TINY", "").split())
    from vigie.cli import main

    main()
