"""CQL tree to SQL: the condition and the order of a list.

Only names from declarations get into the text of a statement; every term and every path that a caller
writes is a parameter. The tables asked have the columns `id uuid`, `doc jsonb` and those of their type.
"""

from dataclasses import dataclass

from octavo.cql import And, Clause, Node, Not, Or, Query, SortKey, fold
from octavo.store.expressions import fold as fold_text
from octavo.store.query_args import Args, Condition, merge, render
from octavo.store.query_clauses import clause_condition
from octavo.store.query_fields import Field, Shape, history_shape, shape_of
from octavo.store.query_terms import refused
from octavo_models.scalars import Kind

__all__ = ["Args", "Compiled", "Shape", "compile_query", "history_shape", "shape_of"]

_SORT_MODIFIERS = frozenset((
    "sort.ascending", "sort.descending", "ignorecase", "respectcase", "ignoreaccents", "respectaccents",
    "number", "string", "masked",
))  # fmt: skip


@dataclass(frozen=True)
class Compiled:
    """A query as SQL, without the words WHERE and ORDER BY; without sort keys `order` is empty."""

    where: str
    order: str


def compile_query(query: Query, shape: Shape, args: Args) -> Compiled:
    """Return the SQL of a query about a table, its values added to `args`. Raises BadRequest as FOLIO does."""
    where = "TRUE" if query.where is None else _where(query.where, shape, args)
    return Compiled(where, ", ".join(_order(key, shape, args) for key in query.sort))


def _where(root: Node, shape: Shape, args: Args) -> str:
    def leaf(clause: Clause) -> Condition:
        return clause_condition(clause, shape, args)

    def join(node: And | Or | Not, values: list[Condition]) -> Condition:
        if isinstance(node, Not):
            kept, *dropped = (render(value, args) for value in values)
            return "(" + " AND ".join([kept, *(f"({value}) IS NOT TRUE" for value in dropped)]) + ")"
        together = merge(values, args, negated=isinstance(node, And))
        return "(" + (" AND " if isinstance(node, And) else " OR ").join(together) + ")"

    return render(fold(root, leaf, join, _operands), args)


def _operands(node: And | Or | Not) -> tuple[Node, ...]:
    """Return the parts that count: to the right of an OR, FOLIO leaves out `anything=*`."""
    if isinstance(node, Or):
        return (node.parts[0], *(part for part in node.parts[1:] if not _is_anything(part)))
    return node.parts


def _is_anything(node: Node) -> bool:
    return isinstance(node, Clause) and node.relation == "=" and node.term == "*"


def _order(key: SortKey, shape: Shape, args: Args) -> str:
    names = {modifier.name for modifier in key.modifiers}
    unknown = sorted(names - _SORT_MODIFIERS)
    if unknown:
        raise refused(f"CQL: Unsupported modifier {unknown[0]}")
    direction = " DESC" if "sort.descending" in names else ""
    way = shape.referred(key.index)
    if way is None:
        return _sort_value(shape.field(key.index), names, args) + direction
    (hop,) = way.hops
    value = _sort_value(way.shape.field(way.index), names, args)
    # The related row is renamed first: both tables may have a column of the same name.
    related = f"SELECT {hop.theirs} AS related_id, {value} AS related_value FROM {hop.table}"
    return f"(SELECT related_value FROM ({related}) AS related WHERE related_id = {hop.ours}){direction}"


def _sort_value(field: Field, names: set[str], args: Args) -> str:
    if "number" in names and not field.key:
        return field.column if field.column and field.kind is Kind.NUMBER else field.value(args)
    if field.kind is Kind.UUID and field.column:
        return field.column
    if field.kind is Kind.INSTANT:
        return field.typed(Kind.INSTANT, args)
    keep_case, keep_accents = "respectcase" in names, "respectaccents" in names
    if field.text_column and (field.keep_case, field.keep_accents) == (keep_case, keep_accents):
        return field.text_column
    return fold_text(field.text(args), keep_case=keep_case, keep_accents=keep_accents) + ' COLLATE "C"'
