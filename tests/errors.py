"""The texts of all errors, as they stand in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("vigie", "crawlers", "flows", "nlp")
APART = {"QueryError"}  # in both languages already: vigie/query/problems.py
# What simulated platforms say; what queries say, in both languages already; what engineers read.
OTHERS = ("vigie/demo/sites/", "vigie/query/", "vigie/evaluation/")


def trees() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def kinds(files: dict[str, ast.Module]) -> set[str]:
    """The names of all classes of errors that come from `VigieError`, and of what an import
    refuses in a row."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in files.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"VigieError", "Refused"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found - APART


def texts() -> Iterator[tuple[str | None, str]]:
    """Each text as a shape, `no column {0}`, and where it stands; None: it cannot be read off."""
    files = trees()
    wanted = kinds(files)
    for path, tree in files.items():
        if path.startswith(OTHERS):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func).rpartition(".")[2] not in wanted:
                continue
            given = [
                *node.args[:1],
                *(key.value for key in node.keywords if key.arg in ("what", "do")),
            ]
            for one in given:
                for text in _shapes(one, tree):
                    yield text, f"{path}:{one.lineno} {ast.unparse(one)}"


def _shapes(node: ast.expr, tree: ast.Module, deep: int = 0) -> Iterator[str | None]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value.replace("{", "{{").replace("}", "}}")
    elif isinstance(node, ast.JoinedStr):
        place, parts = 0, []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value).replace("{", "{{").replace("}", "}}"))
            else:
                parts.append(f"{{{place}}}")
                place += 1
        yield "".join(parts)
    elif isinstance(node, ast.IfExp):
        yield from _shapes(node.body, tree, deep)
        yield from _shapes(node.orelse, tree, deep)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from _shapes(one, tree, deep)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for left in _shapes(node.left, tree, deep):
            for right in _shapes(node.right, tree, deep):
                yield None if left is None or right is None else left + right
    elif isinstance(node, ast.Name) and deep < 3 and (values := list(_assigned(node.id, tree))):
        for value in values:
            yield from _shapes(value, tree, deep + 1)
    elif isinstance(node, ast.Subscript | ast.Call) and (name := _table(node)):
        tables = [value for value in _assigned(name, tree) if isinstance(value, ast.Dict)]
        for table in tables:
            for value in table.values:
                yield from _shapes(value, tree, deep + 1)
        if not tables:
            yield None
    else:
        yield None


def _table(node: ast.Subscript | ast.Call) -> str | None:
    """The name of the table that is looked into: `DO[404]`, `DO.get(404, …)`."""
    looked = node.value if isinstance(node, ast.Subscript) else node.func
    if isinstance(looked, ast.Attribute) and looked.attr == "get":
        looked = looked.value
    return looked.id if isinstance(looked, ast.Name) else None


def _assigned(name: str, tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=False)
                    yield from (v for t, v in pairs if isinstance(t, ast.Name) and t.id == name)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield from [node.value] if ast.unparse(node.target) == name else []
