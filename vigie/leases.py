"""Who does what: a lock of this machine and a lease in the store, held while the work lasts.

The system frees the lock however its process ends, so that on one machine the next goes on at
once. The lease is for the other machines that share the store: it is held in this machine's name,
renewed while its process lives, and lapses after its death (docs/decisions/0006-leases.md).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from vigie.errors import Busy, StoreError

if TYPE_CHECKING:
    from vigie.store import Store
    from vigie.workspace import Workspace

log = logging.getLogger("vigie.leases")
AGAIN_S = 0.5  # a lease that lapses tells nobody: it is asked for again
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Lease:
    """A name in the store, held by one machine from entering to leaving. Entering raises Busy where
    another holds it. `lost` is called, from another thread, where it could not be renewed in time
    or another has it; leaving then raises Busy."""

    def __init__(
        self,
        store: Store,
        name: str,
        holder: str,
        ttl: float,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self.name, self.lost = name, False
        self._store, self._holder, self._ttl, self._tell = store, holder, ttl, lost
        self._ended = threading.Event()
        self._renewing = threading.Thread(target=self._renew, name=f"lease {name}", daemon=True)

    def __enter__(self) -> Lease:
        if not self._store.claim(self.name, self._holder, self._ttl):
            raise busy(self.name, "the store")
        self._renewing.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._renewing.join()
        if self.lost:
            if error is None:
                raise busy(self.name, "the store")
            return
        try:
            self._store.release(self.name, self._holder)
        except StoreError as problem:  # it lapses by itself; the block's own error comes first
            log.warning("%s cannot be given back: %s", self.name, problem)

    def _renew(self) -> None:
        until = time.monotonic() + self._ttl
        while not self._ended.wait(self._ttl / 3):
            try:
                held = self._store.claim(self.name, self._holder, self._ttl)
            except StoreError as error:  # the store may be back before the lease lapses
                log.warning("%s cannot be renewed: %s", self.name, error)
                held = time.monotonic() < until
            else:
                until = time.monotonic() + self._ttl if held else until
            if not held:
                log.error("%s is lost to another", self.name)
                self.lost = True
                if self._tell is not None:
                    self._tell()
                return


@asynccontextmanager
async def held(workspace: Workspace, name: str, patience_s: float = 0.0) -> AsyncIterator[None]:
    """Holds a name of the workspace while the block runs, waiting up to `patience_s` for whoever
    has it. Raises Busy where that was not enough, or where the lease was lost on the way: the block
    is cancelled then."""
    loop, owner = asyncio.get_running_loop(), asyncio.current_task()
    assert owner is not None
    lost = threading.Event()

    def stop() -> None:
        lost.set()
        loop.call_soon_threadsafe(owner.cancel)

    ends = time.monotonic() + patience_s
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(workspace.alone(name, lost=stop))
                break
            except Busy:
                if time.monotonic() >= ends:
                    raise
            await asyncio.sleep(AGAIN_S)
        try:
            yield
        except asyncio.CancelledError as error:
            if lost.is_set() and owner.uncancel() == 0:
                raise busy(name, "the store") from error
            raise


def free(store: Store, name: str, asker: str) -> bool:
    """Whether nobody holds a name just now: who should is dead, or has not begun."""
    if not store.claim(name, asker, AGAIN_S):
        return False
    store.release(name, asker)
    return True


def busy(name: str, where: str) -> Busy:
    return Busy(f"another {name} is at work here", where=where, do="wait for it to end")


def machine(data: Path) -> str:
    """The name in which this machine holds the leases of the workspace whose `.vigie` this is: the
    same for all its processes, until it starts again."""
    boot = _BOOT.read_text().strip() if _BOOT.exists() else str(uuid.getnode())
    place = data.stat()
    told = f"{boot} {place.st_dev} {place.st_ino}"
    return f"{socket.gethostname()}-{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}"
