"""Groups of submissions that hang together, and a picture of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from carrel.similarity.types import Pair


@dataclass(frozen=True)
class Cluster:
    """Submissions linked by pairs, directly or through others; the links, most similar first."""

    members: tuple[str, ...]
    pairs: tuple[Pair, ...]


def clusters(pairs: Sequence[Pair]) -> list[Cluster]:
    """Return the connected groups of `pairs`, the largest first, then by name."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for pair in pairs:
        a, b = root(pair.a), root(pair.b)
        if a != b:
            parent[max(a, b)] = min(a, b)
    members: dict[str, list[str]] = {}
    for name in parent:
        members.setdefault(root(name), []).append(name)
    links: dict[str, list[Pair]] = {}
    for pair in pairs:
        links.setdefault(root(pair.a), []).append(pair)
    found = [Cluster(tuple(sorted(m)), tuple(links[r])) for r, m in members.items()]
    return sorted(found, key=lambda c: (-len(c.members), c.members))


@dataclass(frozen=True)
class Node:
    """A submission's place in the picture, in its units."""

    name: str
    x: float
    y: float


def layout(found: Sequence[Cluster], width: float) -> tuple[dict[str, Node], float]:
    """Return where each submission is drawn, and the picture's height.

    Each cluster is a circle of its members; circles stand in rows from left to right.
    """
    nodes: dict[str, Node] = {}
    left = top = row = 0.0
    for cluster in found:
        radius = max(28.0, 11.0 * len(cluster.members) / math.pi)
        box = 2 * radius + 70
        if left and left + box > width:
            left, top, row = 0.0, top + row, 0.0
        for i, name in enumerate(cluster.members):
            angle = 2 * math.pi * i / len(cluster.members) - math.pi / 2
            nodes[name] = Node(
                name,
                round(left + box / 2 + radius * math.cos(angle), 1),
                round(top + box / 2 + radius * math.sin(angle), 1),
            )
        left += box
        row = max(row, box)
    return nodes, top + row
