"""Accounts beside those of nearest size on the same network: a small account is not measured
against a large one."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

NEAREST = 30
AT_LEAST = 8
FARTHEST = 10.0  # an account ten times larger is no peer


class Standing(NamedTuple):
    """Where a value stands among the peers': share of them below (ties half), and robust z."""

    percentile: float
    z: float


def standings(
    accounts: Iterable[tuple[str, str, float | None, float]],
) -> Mapping[str, Standing]:
    """`accounts` are (id, network, followers, value); those with fewer than `AT_LEAST` peers are
    left out: their standing is unknown. Where a network does not tell followers, the peers are all
    accounts of that network whose size is unknown."""
    by_network: dict[str, list[tuple[float, str, float]]] = {}
    sizeless: dict[str, list[tuple[str, float]]] = {}
    for id, network, followers, value in accounts:
        if followers is None:
            sizeless.setdefault(network, []).append((id, value))
        elif followers > 0:
            by_network.setdefault(network, []).append((math.log(followers), id, value))
    found: dict[str, Standing] = {}
    for alike in sizeless.values():
        values = sorted(value for _, value in alike)
        if len(values) > AT_LEAST:
            found.update((id, _stand(value, values)) for id, value in alike)
    for members in by_network.values():
        members.sort()
        for place, (size, id, value) in enumerate(members):
            around = members[max(0, place - NEAREST) : place + NEAREST + 1]
            near = sorted(
                (abs(other - size), other_id, theirs)
                for other, other_id, theirs in around
                if other_id != id and abs(other - size) <= math.log(FARTHEST)
            )[:NEAREST]
            if len(near) >= AT_LEAST:
                found[id] = _stand(value, sorted(theirs for _, _, theirs in near))
    return found


def _stand(value: float, peers: list[float]) -> Standing:
    below = bisect.bisect_left(peers, value)
    ties = bisect.bisect_right(peers, value) - below
    middle = peers[len(peers) // 2]
    spread = sorted(abs(peer - middle) for peer in peers)[len(peers) // 2]
    # Without spread among the peers any difference would be infinitely far: 10 % of the middle.
    scale = 1.4826 * spread or abs(middle) * 0.1 or 1.0
    return Standing((below + ties / 2) / len(peers), (value - middle) / scale)
