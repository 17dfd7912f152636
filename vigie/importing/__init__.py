"""File imports: exports of other tools, archives, spreadsheets, as posts of whatever platform.

    read_answers(path, ...)   the rows of a file as answers to land, some thousand rows each;
                              `opened` and then `answers_of`, to tell which map reads it
    map_import(answer)        pure: the records of such an answer
    previews(path, ...)       what an import would do, without doing it

A file is read by a column map: a preset (`presets/*.toml`) or a MAP.toml with `[columns]` (field of
a post = column), `[values]`, `[dates]` and `[constants]`; docs/import.md explains them.
"""

from vigie.importing.columns import presets
from vigie.importing.opening import Told, opened
from vigie.importing.previews import preview_lines, previews, used_lines
from vigie.importing.reading import answers_of, read_answers
from vigie.importing.rows import map_import
from vigie.importing.telegram import is_chat

__all__ = [
    "Told",
    "answers_of",
    "is_chat",
    "map_import",
    "opened",
    "presets",
    "preview_lines",
    "previews",
    "read_answers",
    "used_lines",
]
