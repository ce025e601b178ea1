"""One CQL clause to one SQL condition: what `=`, `==`, `<` and the others mean for a field.

The rules are FOLIO's (raml-module-builder 35): `==` compares text, `=` searches words, `<` compares text,
ids have rules of their own. A column answers instead of the document wherever the answer is the same.
"""

from dataclasses import replace
from datetime import datetime

from octavo.cql import Clause, Modifier
from octavo.store.query_args import Args, Compare, Condition, merge, render
from octavo.store.query_fields import Field, Shape, element_model, wire_names
from octavo.store.query_keys import key_condition
from octavo.store.query_terms import (
    day_of,
    instant_of,
    is_masked,
    number_of,
    prefix_of,
    refused,
    unmask,
    uuid_of,
    without_lone_stars,
    words_of,
)
from octavo_models.record import find_kind
from octavo_models.scalars import Kind

_WORD_QUERIES = {"=": "phrase", "adj": "phrase", "all": "all", "any": "any"}
_RANGES = frozenset(("<", ">", "<=", ">="))
_RELATIONS = frozenset((*_WORD_QUERIES, *_RANGES, "==", "<>"))

#: Modifiers that are taken and change nothing, as in FOLIO: what an index folds is declared, not asked.
_WITHOUT_EFFECT = frozenset(("string", "masked", "ignorecase", "respectcase", "ignoreaccents", "respectaccents"))

#: The subfield of an array's elements that a term is compared with, the first that they have.
_MAIN_SUBFIELDS = ("value", "name")


def clause_condition(clause: Clause, shape: Shape, args: Args) -> Condition:
    """Return the condition for a clause. Raises BadRequest for what FOLIO refuses."""
    index = clause.index.lower()
    if index == "cql.allrecords":
        return "TRUE"
    if index == "cql.serverchoice":
        return _any_default(clause, shape, args)
    if clause.relation not in _RELATIONS:
        raise refused(f"Relation {clause.relation} not implemented yet: {clause.index} {clause.relation}")
    way = shape.related(clause.index)
    if way is None:
        return _own_condition(clause, shape, args)
    condition = render(_own_condition(replace(clause, index=way.index), way.shape, args), args)
    for hop in reversed(way.hops):
        condition = f"{hop.ours} IN (SELECT {hop.theirs} FROM {hop.table} WHERE {condition})"
    return condition


def _any_default(clause: Clause, shape: Shape, args: Args) -> Condition:
    if not shape.defaults:
        raise refused("cql.serverChoice requested, but no serverChoiceIndexes defined.")
    found = [clause_condition(replace(clause, index=index), shape, args) for index in shape.defaults]
    return f"({' OR '.join(merge(found, args, negated=False))})"


def _own_condition(clause: Clause, shape: Shape, args: Args) -> Condition:
    field = shape.field(clause.index)
    if field.key:
        return key_condition(clause, field, args)
    numeric, elements = _read_modifiers(clause.modifiers)
    if elements:
        return _element_condition(clause, elements, field, shape, args, numeric=numeric)
    return _field_condition(field, clause.relation, clause.term, args, numeric=numeric)


def _read_modifiers(modifiers: tuple[Modifier, ...]) -> tuple[bool, list[Modifier]]:
    elements = [modifier for modifier in modifiers if modifier.name.startswith("@")]
    for modifier in modifiers:
        if modifier not in elements and modifier.name != "number" and modifier.name not in _WITHOUT_EFFECT:
            raise refused(f"CQL: Unsupported modifier {modifier.name}")
    return any(modifier.name == "number" for modifier in modifiers), elements


def _field_condition(field: Field, relation: str, term: str, args: Args, *, numeric: bool) -> Condition:
    if numeric and relation not in {"adj", "all", "any"}:
        operator = "=" if relation == "==" else relation
        return f"{field.typed(Kind.NUMBER, args)} {operator} {args.add(number_of(term), 'numeric')}"
    if relation in _WORD_QUERIES:
        return _words_condition(field, relation, term, args)
    if relation in _RANGES:
        return _range_condition(field, relation, term, args)
    return _match_condition(field, term, args, negated=relation == "<>")


def _match_condition(field: Field, term: str, args: Args, *, negated: bool) -> Condition:
    """Compare the whole text, with masks: relations == and <>."""
    typed = _typed_equality(field, term, args, negated=negated)
    if typed:
        return typed
    text = unmask(term)
    if term and not term.strip("*"):
        return "FALSE" if negated else field.defined(args)
    if not is_masked(text):
        return Compare(field.folded(args), text, "text", field.fold("{}"), negated)
    stem = prefix_of(text)
    if stem and field.text_column and not negated:
        begin = field.fold(args.add(stem, "text"))
        return f"({field.text_column} >= {begin} AND {field.text_column} < {begin} || E'\\U0010FFFF')"
    pattern = f"public.octavo_like({field.fold(args.add(text, 'text'))})"
    return f"{field.folded(args)} {'NOT LIKE' if negated else 'LIKE'} {pattern}"


def _typed_equality(field: Field, term: str, args: Args, *, negated: bool) -> Condition | None:
    """Compare an id or a point in time as such, where the term is a whole one."""
    uuid = uuid_of(term) if field.kind is Kind.UUID and field.column else None
    if uuid and negated:
        column, text = field.column, field.text(args)
        return f"({column} <> {args.add(uuid, 'uuid')} OR ({column} IS NULL AND {text} IS NOT NULL))"
    if uuid:
        return Compare(str(field.column), uuid, "uuid")
    moment = instant_of(term) if field.kind is Kind.INSTANT else None
    return Compare(field.typed(Kind.INSTANT, args), moment, "timestamptz", negated=negated) if moment else None


def _range_condition(field: Field, relation: str, term: str, args: Args) -> Condition:
    """Compare by order: points in time as such, other text by code point, folded if it has a column."""
    if field.kind is Kind.INSTANT:
        moment, operator = _bound_in_time(relation, term)
        if moment:
            return f"{field.typed(Kind.INSTANT, args)} {operator} {args.add(moment, 'timestamptz')}"
    text = args.add(unmask(term), "text")
    if field.column:
        return f'{field.folded(args)} COLLATE "C" {relation} {field.fold(text)}'
    return f'{field.text(args)} COLLATE "C" {relation} {text}'


def _bound_in_time(relation: str, term: str) -> tuple[datetime | None, str]:
    """Return the point in time to compare with and the operator.

    A date stands before every stamp of its day, being the beginning of their text: `>` includes midnight.
    """
    day = day_of(term)
    if day:
        return day[0], "<" if relation in {"<", "<="} else ">="
    return instant_of(term), relation


def _words_condition(field: Field, relation: str, term: str, args: Args) -> Condition:
    """Search words: relations =, adj, all and any."""
    if term == "*":
        return "TRUE"
    searched = without_lone_stars(term)
    if searched == "*":
        return "TRUE"
    words = words_of(searched)
    if not searched.strip(" ") or not words:
        return field.defined(args)
    whole = _whole_value(field, searched.strip("' "), args) if relation in {"=", "adj"} else None
    if whole:
        return whole
    query = f"public.octavo_tsquery_{_WORD_QUERIES[relation]}({args.add(tuple(words), 'text[]')})"
    return f"{field.vector(args)} @@ {query}"


def _whole_value(field: Field, term: str, args: Args) -> Condition | None:
    """Compare where the words of the term can only be the whole value: ids, points in time, days, flags."""
    day = day_of(term) if field.kind is Kind.INSTANT else None
    if day:
        value = field.typed(Kind.INSTANT, args)
        begin, end = (args.add(midnight, "timestamptz") for midnight in day)
        return f"({value} >= {begin} AND {value} < {end})"
    if field.kind is Kind.FLAG and field.column and term.isalpha():
        return Compare(field.column, term, "text", field.fold("{}"))
    return _typed_equality(field, term, args, negated=False)


def _element_condition(
    clause: Clause, modifiers: list[Modifier], field: Field, shape: Shape, args: Args, *, numeric: bool
) -> Condition:
    """Ask for one element of an array that meets the term and all modifiers: `phones =/@type=home 0912`."""
    known = _element_fields(clause.index, shape)
    for modifier in modifiers:
        if modifier.name[1:] not in known:
            raise refused(f"CQL: Unsupported relation modifier {modifier.name}")
        if modifier.comparison not in {None, "="}:
            raise refused(f"CQL: Unsupported comparison for relation modifier {modifier.name}")
    searched = [known[modifier.name[1:]] for modifier in modifiers if modifier.value is None]
    tests = [
        render(_words_condition(known[modifier.name[1:]], "=", modifier.value, args), args)
        for modifier in modifiers
        if modifier.value is not None
    ]
    main = searched or [next(known[name] for name in _MAIN_SUBFIELDS if name in known)]
    found = [_field_condition(element, clause.relation, clause.term, args, numeric=numeric) for element in main]
    tests.append(f"({' OR '.join(merge(found, args, negated=False))})")
    value = field.value(args)
    exists = (
        "EXISTS (SELECT FROM jsonb_array_elements("
        f"CASE WHEN jsonb_typeof({value}) = 'array' THEN {value} END) AS element(value) WHERE {' AND '.join(tests)})"
    )
    if clause.relation not in _WORD_QUERIES:
        return exists
    return f"({render(_words_condition(field, clause.relation, clause.term, args), args)} AND {exists})"


def _element_fields(index: str, shape: Shape) -> dict[str, Field]:
    """Return the subfields of an array's elements by their names in lower case, as modifiers spell them."""
    model = element_model(shape.record, shape.own_path(index) or "")
    names = wire_names(model) if model else ()
    fields = {
        name.lower(): Field((model and find_kind(model, name)) or Kind.TEXT, name, source="element.value")
        for name in names
    }
    return fields if any(name in fields for name in _MAIN_SUBFIELDS) else {}
