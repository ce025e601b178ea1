"""What a rules text says: its priority, its rules and its fallback."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Slot(StrEnum):
    """A way to rank a line by its criteria."""

    CRITERIUM = "criterium"
    NUMBER_OF_CRITERIA = "number-of-criteria"


@dataclass(frozen=True)
class Priority:
    """How the winner among several matching lines is found.

    first and second: the ways to rank by criteria, the stronger one first. letters: the criterion letters,
    the strongest first, where one of them is `criterium`. first_line: whether the first or the last line
    wins what is still tied.
    """

    first: Slot | None = None
    second: Slot | None = None
    letters: str = ""
    first_line: bool = False


@dataclass(frozen=True)
class Criterion:
    """One condition of a rule line: any of the names, none of them (`negated`), or without names anything."""

    letter: str
    names: frozenset[str] = frozenset()
    negated: bool = False

    def accepts(self, value: str | None) -> bool:
        """Tell whether a lower-case id passes; an unknown one passes only where no name is asked for."""
        if not self.names:
            return True
        return value is not None and (value in self.names) is not self.negated


@dataclass(frozen=True)
class Rule:
    """A line with policies: its own criteria and those of the lines it is nested in.

    policies: policy ids by policy letter. The line counts from 1, the column (of the `:`) from 0.
    """

    criteria: tuple[Criterion, ...]
    policies: Mapping[str, str]
    line: int
    column: int


@dataclass(frozen=True)
class RulesText:
    """A rules text, read. The fallback is a rule without criteria."""

    priority: Priority
    rules: tuple[Rule, ...]
    fallback: Rule
