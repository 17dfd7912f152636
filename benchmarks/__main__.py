"""Runs the benchmarks one after the other and keeps what they print in benchmarks/results.md.

python -m benchmarks [NAME…]      all of them, or those named: crawl, import, nlp, store, …
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
RESULTS = FOLDER / "results"


def main(names: list[str]) -> int:
    """Runs them; the exit code is the number of those that failed."""
    known = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    commit = _said("git", "rev-parse", "--short", "HEAD")
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    RESULTS.mkdir(exist_ok=True)
    failed = 0
    for name in names or known:
        print(f"== {name}", flush=True)
        load = os.getloadavg()[0]
        run = subprocess.run(
            [sys.executable, "-m", f"benchmarks.bench_{name}"],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False,
        )  # fmt: skip
        print(run.stdout, flush=True)
        failed += run.returncode != 0
        head = f"Commit {commit}, {machine}, load {load:.1f} at the start."
        (RESULTS / f"{name}.md").write_text(
            f"# {name}\n\n{head}\n\n```\n{run.stdout}```\n", "utf-8"
        )
    return failed


def _said(*command: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, check=False
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
