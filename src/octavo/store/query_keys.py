"""The rules of ids: the record's own and those of its references, which are columns of type uuid."""

from octavo.cql import Clause
from octavo.store.query_args import Args, Compare, Condition
from octavo.store.query_fields import Field
from octavo.store.query_terms import refused, uuid_of, uuid_range

_RANGES = frozenset(("<", ">", "<=", ">="))
_EQUALITIES = frozenset(("=", "==", "<>"))


def key_condition(clause: Clause, field: Field, args: Args) -> Condition:
    """Return the condition for a clause about an id."""
    if clause.modifiers:
        raise refused(f"CQL: Unsupported modifier {clause.modifiers[0].name}")
    if clause.relation in _RANGES:
        return _range(clause, field, args)
    if clause.relation not in _EQUALITIES:
        raise refused(
            f"CQL: Unsupported operator '{clause.relation}', "
            f"UUID {clause.index} only supports '=', '==', '<>', '<', '<=', '>' and '>='"
        )
    return _equality(clause, field, args)


def _range(clause: Clause, field: Field, args: Args) -> Condition:
    uuid = uuid_of(clause.term)
    if uuid is None:
        raise refused(f"CQL: Invalid UUID after '{clause.index}{clause.relation}': {clause.term}")
    return f"{field.column} {clause.relation} {args.add(uuid, 'uuid')}"


def _equality(clause: Clause, field: Field, args: Args) -> Condition:
    negated = clause.relation == "<>"
    present = "TRUE" if clause.index == "id" else f"{field.column} IS NOT NULL"
    if clause.term == "":
        return "FALSE" if clause.relation == "==" else present
    stem = clause.term.rstrip("*")
    if not stem:
        return "FALSE" if negated else present
    if "*" in stem:
        raise refused(f"CQL: only right truncation supported for {clause.index}: {clause.term}")
    if stem != clause.term:
        return _beginning(stem, field, args, negated=negated) or (present if negated else "FALSE")
    uuid = uuid_of(stem)
    if uuid is None:
        return present if negated else "FALSE"
    return Compare(str(field.column), uuid, "uuid", negated=negated)


def _beginning(stem: str, field: Field, args: Args, *, negated: bool) -> str | None:
    bounds = uuid_range(stem)
    if bounds is None:
        return None
    first, last = (args.add(uuid, "uuid") for uuid in bounds)
    return f"({field.column} {'NOT ' if negated else ''}BETWEEN {first} AND {last})"
