"""The parameters of a statement, and conditions that can still be merged into one."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from octavo.errors import BadRequest

# PostgreSQL counts the parameters of a statement in 16 bits; the caller needs some as well.
_MAX_PARAMETERS = 32_000


class Args:
    """Collects the values of a statement and hands out their placeholders."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._shared: dict[tuple[str, object], str] = {}

    def add(self, value: Any, cast: str = "") -> str:
        """Take a value and return its placeholder: `$3`, or `$3::text[]` with a type.

        Equal values of one type share a placeholder; without a type each has its own. An array is given as a tuple.
        """
        shared = self._shared.get((cast, value)) if cast else None
        if shared is not None:
            return shared
        if len(self.values) >= _MAX_PARAMETERS:
            raise BadRequest("query has too many terms")
        self.values.append(list(value) if isinstance(value, tuple) else value)
        placeholder = f"${len(self.values)}"
        if cast:
            placeholder = self._shared[cast, value] = f"{placeholder}::{cast}"
        return placeholder


@dataclass(frozen=True)
class Compare:
    """`left` equals (or differs from) a value. Many of them on one left side become one array.

    `fold` wraps the value as the left side is wrapped, with `{}` for the placeholder.
    """

    left: str
    value: Hashable
    cast: str
    fold: str = "{}"
    negated: bool = False


Condition = str | Compare


def merge(conditions: Iterable[Condition], args: Args, *, negated: bool) -> list[str]:
    """Return the SQL of conditions that stand side by side.

    ORed equalities, or with `negated` ANDed inequalities, on one left side become a single condition
    at the place of the first.
    """
    groups: dict[object, list[Condition]] = {}
    for position, condition in enumerate(conditions):
        key: object = position
        if isinstance(condition, Compare) and condition.negated == negated:
            key = condition.left, condition.cast, condition.fold
        groups.setdefault(key, []).append(condition)
    return [_render(group, args) for group in groups.values()]


def render(condition: Condition, args: Args) -> str:
    """Return the SQL of one condition."""
    return _render([condition], args)


def _render(group: list[Condition], args: Args) -> str:
    compares = [condition for condition in group if isinstance(condition, Compare)]
    if not compares:
        return str(group[0])
    first = compares[0]
    values = tuple(dict.fromkeys(compare.value for compare in compares))
    if len(values) == 1:
        operator = "<>" if first.negated else "="
        return f"{first.left} {operator} {first.fold.format(args.add(values[0], first.cast))}"
    array = args.add(values, f"{first.cast}[]")
    if first.fold != "{}":
        array = f"ARRAY(SELECT {first.fold.format('value')} FROM unnest({array}) AS value)"
    return f"{first.left} {'<> ALL' if first.negated else '= ANY'} ({array})"
