"""Writes the files of `dashboards/` anew: `python -m vigie.dashboards [FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from vigie.dashboards import FOLDER, write

write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
