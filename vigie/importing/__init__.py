"""File imports: exports of other tools, archives, spreadsheets, as posts of whatever platform.

    read_answers(path, ...)   the rows of a file as answers to land, some thousand rows each
    map_import(answer)        pure: the records of such an answer
    preview(path, ...)        what an import would do, without doing it

A file is read by a column map: a preset (`presets/*.toml`) or a MAP.toml with `[columns]` (field of
a post = column), `[values]`, `[dates]` and `[constants]`; docs/import.md explains them.
"""

from vigie.importing.columns import presets
from vigie.importing.previews import preview, preview_lines
from vigie.importing.reading import read_answers
from vigie.importing.rows import map_import

__all__ = ["map_import", "presets", "preview", "preview_lines", "read_answers"]
