"""Spreadsheets (XLSX, CSV) with a dictionary, the period and the filters."""

from __future__ import annotations

from vigie.exports.posts import posts
from vigie.exports.shortlist import shortlist

__all__ = ["posts", "shortlist"]
