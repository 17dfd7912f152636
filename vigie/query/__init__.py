"""The query language: words, one parser, and back ends that return the same posts."""

from __future__ import annotations

from vigie.query.matching import Matcher, matches
from vigie.query.nodes import Node
from vigie.query.parsing import parse

__all__ = ["Matcher", "Node", "matches", "parse"]
