"""Starts servers that nobody here wrote, on loopback: packages once, bounded waits, short errors.

Packages lie in `${VIGIE_CACHE:-~/.cache/vigie}/servers/NAME`; what a server writes while it runs
lies in a temporary folder. A server ends with the context that started it, and also when this
process is killed (util-linux' setpriv asks the kernel for that).
"""

from __future__ import annotations

import hashlib
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT_S = float(os.environ.get("VIGIE_START_TIMEOUT", "300"))
INSTALL_S = 1200.0


class CannotStart(Exception):
    """Why a server cannot be had here, in one line."""


def cache(name: str) -> Path:
    """The folder of a server's packages and logs."""
    root = os.environ.get("VIGIE_CACHE") or Path.home() / ".cache" / "vigie"
    folder = Path(root) / "servers" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def program(name: str, package: str) -> str:
    """The path of a program. Raises CannotStart with what to install."""
    found = shutil.which(name)
    if not found:
        raise CannotStart(f"{name} is missing (install {package})")
    return found


def install(folder: Path, parts: Sequence[Path], steps: Sequence[Sequence[str]]) -> None:
    """Runs the steps once for these files' content; a second start finds it done."""
    text = b"".join(part.read_bytes() for part in parts) + sys.version.encode()
    digest = hashlib.sha256(text).hexdigest()
    mark = folder / "installed"
    if mark.exists() and mark.read_text() == digest:
        return
    mark.unlink(missing_ok=True)
    log = folder / "install.log"
    with log.open("wb") as out:
        for step in steps:
            try:
                done = subprocess.run(
                    step, cwd=folder, stdout=out, stderr=out, timeout=INSTALL_S, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise CannotStart(f"{Path(step[0]).name} failed: {error}") from error
            if done.returncode:
                raise CannotStart(f"{' '.join(step)[:80]} failed, see {log}")
    mark.write_text(digest)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def bound(command: Sequence[str], stop: signal.Signals) -> list[str]:
    """The command, ending with this process where setpriv can say so."""
    setpriv = shutil.which("setpriv")
    if not setpriv:
        return list(command)
    return [setpriv, "--pdeathsig", stop.name.removeprefix("SIG"), *command]


@contextmanager
def running(
    command: Sequence[str],
    log: Path,
    *,
    stop: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process with its log, stopped at the end."""
    identity = (
        {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    )
    with log.open("wb") as out:
        process = subprocess.Popen(
            bound(command, stop),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=cwd,
            env={**os.environ, **(environ or {})},
            start_new_session=True,
            **identity,  # type: ignore[call-overload]
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until(
    ready: Callable[[], bool], what: str, process: subprocess.Popen[bytes], log: Path
) -> None:
    """Waits for a server. Raises CannotStart when it ends, or after `VIGIE_START_TIMEOUT`."""
    ends = time.monotonic() + LIMIT_S
    watched = os.pidfd_open(process.pid)  # becomes readable when the process ends
    try:
        while not ready():
            gone, _, _ = select.select([watched], [], [], 0.1)
            if gone or time.monotonic() > ends:
                lines = log.read_text(errors="replace").strip().splitlines() or [
                    "no word in its log"
                ]
                told = next((line for line in lines if "rror" in line), lines[-1])
                raise CannotStart(f"{what} did not start: {told[:200]} ({log})")
    finally:
        os.close(watched)


def answers(url: str) -> bool:
    """Whether a server answers at an address, whatever it says."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def postgres(folder: Path, logs: Path) -> Iterator[str]:
    """A private PostgreSQL behind a Unix socket in `folder`; gives its address."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name)
    )
    on_path = shutil.which("postgres")
    bin = Path(on_path).parent if on_path else (found[-1] if found else None)
    if bin is None or not (bin / "initdb").exists():
        raise CannotStart("PostgreSQL is missing (install postgresql)")
    place = folder / "pg"
    place.mkdir()
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
        for parent in (folder, *folder.parents):
            if parent == Path(folder.anchor) or parent.stat().st_mode & 0o001:
                continue
            parent.chmod(parent.stat().st_mode | 0o011)
        os.chown(place, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    made = logs / "initdb.log"
    data = place / "data"
    with running(
        [str(bin / "initdb"), "-D", str(data), "-U", "vigie", "-E", "UTF8", "--locale=C",
         "--auth=trust", "--no-sync"],
        made, user=user, cwd=place,
    ) as initdb:  # fmt: skip
        try:
            code = initdb.wait(LIMIT_S)
        except subprocess.TimeoutExpired as error:
            raise CannotStart(f"initdb took longer than {LIMIT_S:g} s ({made})") from error
    if code:
        raise CannotStart(f"initdb failed ({made})")
    log = logs / "postgres.log"
    quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
    command = [str(bin / "postgres"), "-D", str(data), "-k", str(place), "-c", "listen_addresses="]
    command += [part for option in quick for part in ("-c", option)]
    with running(command, log, stop=signal.SIGINT, user=user, cwd=place) as process:
        wait_until(
            lambda: (place / ".s.PGSQL.5432").is_socket()
            and "ready to accept" in log.read_text(errors="replace"),
            "PostgreSQL", process, log,
        )  # fmt: skip
        yield f"postgresql://vigie@{str(place).replace('/', '%2F')}/postgres"
