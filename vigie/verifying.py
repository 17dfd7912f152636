"""Whether what is landed, the store and the index say the same: `vigie verify`."""

from __future__ import annotations

from vigie.backfills import gathered
from vigie.deletions import pending
from vigie.deletions import unlanded as given_up
from vigie.erasing import Forgotten
from vigie.mapping import Mapper
from vigie.records import Post
from vigie.retention import Keeping
from vigie.store import Filters
from vigie.workspace import Workspace


def verify(workspace: Workspace) -> list[str]:
    """Where landing, store and index disagree, in words; empty: nowhere."""
    wrong = workspace.landing.verify()
    wrong += workspace.store.verify()
    mapper = Mapper(workspace.watchlist)
    keeping = Keeping.of(workspace)
    unlanded = keeping.policies.unlanded()
    forgotten = Forgotten.of(workspace)
    seen = given_up(workspace)
    wanted: set[str] = set()  # of them, what retention leaves
    for answers, _ in gathered(workspace.landing):
        mapped = mapper.map(answers)
        posts = [one for one in forgotten.left(mapped.records) if isinstance(one, Post)]
        seen.update(post.id for post in posts)
        wanted.update(post.id for post in keeping.kept(posts))
    ids = sorted(wanted - pending(workspace))
    for start in range(0, len(ids), 5_000):
        chunk = ids[start : start + 5_000]
        found = workspace.store.get(chunk, Post)
        wrong += [
            f"{id}: landed, not in the store"
            for id, post in zip(chunk, found, strict=True)
            if post is None
        ]
    states = ("live", "deleted", "withheld")
    for frame in workspace.store.scan(Filters(states=states), ["id"]):
        wrong += [
            f"{id}: in the store, never landed"
            for id in frame["id"]
            if id not in seen and id.partition(":")[0] not in unlanded
        ]
    return wrong
