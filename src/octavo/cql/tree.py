"""The tree of a CQL query: clauses joined by AND, OR and NOT, and sort keys.

Chains are flat: `a or b or c` is one Or of three parts and `a not b not c` one Not that drops two, so
that a query of thousands of clauses is a shallow tree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Modifier:
    """A relation or sort modifier such as `/number` or `/@type=home`; the name is in lower case."""

    name: str
    comparison: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: index, relation, term. Masks and their backslashes are still in the term."""

    index: str
    relation: str
    term: str
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class And:
    """All of its parts hold."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of its parts holds."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The first part holds and none of the others does."""

    parts: "tuple[Node, ...]"


Node = Clause | And | Or | Not


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field to sort by, with its modifiers."""

    index: str
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; without `where` it asks for every record."""

    where: Node | None = None
    sort: tuple[SortKey, ...] = ()


T = TypeVar("T")


def fold(
    root: Node,
    leaf: Callable[[Clause], T],
    join: Callable[[And | Or | Not, list[T]], T],
    operands: Callable[[And | Or | Not], tuple[Node, ...]] = lambda node: node.parts,
) -> T:
    """Turn a tree into a value from the bottom up, without recursion.

    `operands` says which parts of a node count; `join` receives their values in the same order.
    """
    values: list[T] = []
    pending: list[tuple[Node, int | None]] = [(root, None)]
    while pending:
        node, waiting = pending.pop()
        if isinstance(node, Clause):
            values.append(leaf(node))
        elif waiting is None:
            parts = operands(node)
            pending.append((node, len(parts)))
            pending.extend((part, None) for part in reversed(parts))
        else:
            values[-waiting:] = [join(node, values[-waiting:])]
    return values[0]
