"""CQL text to tree; knows no SQL."""

from octavo.cql.parser import parse
from octavo.cql.tree import And, Clause, Modifier, Node, Not, Or, Query, SortKey, fold

__all__ = ["And", "Clause", "Modifier", "Node", "Not", "Or", "Query", "SortKey", "fold", "parse"]
