"""A town behind real doors, its OAuth, and workspaces that aim at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tiny import KEYED, NAMED, NOON, Hamlet, Towns, serving

from vigie.clock import SetClock
from vigie.demo.grants import Grants
from vigie.demo.server import Served
from vigie.platforms import PLATFORMS
from vigie.workspace import Workspace


@pytest.fixture
def grants() -> Grants:
    return Grants()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def town() -> Towns:
    return Towns({name: Hamlet(name) for name in (*NAMED, *KEYED)})


@pytest.fixture
def served(town: Towns, clock: SetClock, grants: Grants) -> Iterator[Served]:
    with serving(town, clock, grants) as there:
        yield there


Make = Callable[..., Workspace]


@pytest.fixture
def space(
    tmp_path: Path, served: Served, clock: SetClock, grants: Grants, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """A workspace whose platforms are the town's, with the apps' credentials in `.env`."""
    for name in NAMED:
        monkeypatch.delenv(f"{name.upper()}_TOKEN", raising=False)
    write(tmp_path, served, grants)
    with Workspace(tmp_path, clock=clock, lang="en") as made:
        yield made


def write(folder: Path, served: Served, grants: Grants, more: str = "") -> None:
    platforms = "".join(
        f'[platforms.{name}]\nurl = "{served.urls[name]}"\n' for name in NAMED if name in PLATFORMS
    )
    brand = '[[brands]]\nid = "lueur"\nname = "Lueur"\nrole = "own"\n'
    text = f'[workspace]\nname = "Lueur"\n\n{brand}\n{platforms}\n{more}'
    (folder / "vigie.toml").write_text(text, encoding="utf-8")
    lines = []
    for name in NAMED:
        id, secret = grants.app(name)
        lines += [f"{name.upper()}_CLIENT_ID={id}", f"{name.upper()}_CLIENT_SECRET={secret}"]
    (folder / ".env").write_text("\n".join(lines), encoding="utf-8")
