"""Which line of the circulation rules decides.

All lines are sorted by precedence once. For every criterion letter and every id that the rules name there
is a set of lines that accept it, kept as the bits of one integer, the winning line first. A lookup is seven
dictionary accesses and the intersection of seven integers, whatever the number of lines.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from octavo.rules.circulation_rules.lexer import CRITERION_LETTERS, POLICY_LETTERS
from octavo.rules.circulation_rules.parser import parse
from octavo.rules.circulation_rules.syntax import Priority, Rule, Slot

_LINE_TERM = 10_000_000
_SECOND_SLOT = 10_000_000
_FIRST_SLOT = 100_000_000
# Institution, campus, library and location count as one criterion together.
_COUNTED_AS = {"b": "a", "c": "a", "s": "a"}


@dataclass(frozen=True)
class Facts:
    """What circulation rules ask about: ids of the patron's group and of the item; None where unknown."""

    patron_group: str | None = None
    material_type: str | None = None
    loan_type: str | None = None
    location: str | None = None
    library: str | None = None
    campus: str | None = None
    institution: str | None = None

    def value(self, letter: str) -> str | None:
        """Return the lower-case id that a criterion letter asks for."""
        found: str | None = getattr(self, _FIELDS[letter])
        return None if found is None else found.lower()


_FIELDS = {
    "g": "patron_group",
    "m": "material_type",
    "t": "loan_type",
    "s": "location",
    "c": "library",
    "b": "campus",
    "a": "institution",
}


@dataclass(frozen=True)
class Match:
    """The policy that a line chooses, and which criteria the line used."""

    policy_id: str
    line: int
    material_type: bool = False
    loan_type: bool = False
    patron_group: bool = False


@dataclass(frozen=True)
class PolicyReference:
    """A policy named in the rules; the line counts from 1, the column from 0."""

    letter: str
    policy_id: str
    line: int
    column: int


@dataclass(frozen=True)
class _Acceptance:
    """For one criterion letter: which lines accept an id that is named, any other id, and no id."""

    named: Mapping[str, int]
    other: int
    unknown: int

    def lines(self, value: str | None) -> int:
        return self.unknown if value is None else self.named.get(value, self.other)


@dataclass(frozen=True)
class Rules:
    """Compiled circulation rules. The lines stand in order of precedence."""

    lines: tuple[Rule, ...]
    _accepting: Mapping[str, _Acceptance]

    def match(self, policy_letter: str, facts: Facts) -> Match:
        """Return the policy of one type (l, r, n, o or i) that applies; the fallback always does."""
        return match_of(self.winner(facts), policy_letter)

    def winner(self, facts: Facts) -> Rule:
        """Return the line that applies, which chooses the policies of all types."""
        return self.lines[_lowest_bit(self._matching(facts))]

    def matches(self, policy_letter: str, facts: Facts) -> list[Match]:
        """Return the policies of all lines that apply, the winner first, the fallback included."""
        return [match_of(self.lines[index], policy_letter) for index in _bits(self._matching(facts))]

    def policy_ids(self) -> Iterator[PolicyReference]:
        """Yield every policy that the rules name, line by line, for checking that it exists."""
        for rule in sorted(self.lines, key=lambda rule: rule.line):
            for letter in POLICY_LETTERS:
                yield PolicyReference(letter, rule.policies[letter], rule.line, rule.column)

    def _matching(self, facts: Facts) -> int:
        lines = -1
        for letter, acceptance in self._accepting.items():
            lines &= acceptance.lines(facts.value(letter))
        return lines


def compile_rules(text: str) -> Rules:
    """Read a rules text and prepare it for lookups. Raises RulesError."""
    read = parse(text)
    lines = sorted((read.fallback, *read.rules), key=lambda rule: _salience(rule, read.priority), reverse=True)
    return Rules(tuple(lines), {letter: _acceptance(lines, letter) for letter in CRITERION_LETTERS})


def match_of(rule: Rule, policy_letter: str) -> Match:
    """Return the policy of one type that a line chooses."""
    used = {criterion.letter for criterion in rule.criteria}
    return Match(rule.policies[policy_letter], rule.line, "m" in used, "t" in used, "g" in used)


def _salience(rule: Rule, priority: Priority) -> int:
    line = _LINE_TERM - rule.line if priority.first_line else rule.line
    second, first = (_rank(rule, slot, priority) for slot in (priority.second, priority.first))
    return line + _SECOND_SLOT * second + _FIRST_SLOT * first


def _rank(rule: Rule, slot: Slot | None, priority: Priority) -> int:
    used = {criterion.letter for criterion in rule.criteria}
    if slot is Slot.CRITERIUM:
        return max((len(priority.letters) - priority.letters.index(letter) for letter in used), default=0)
    if slot is Slot.NUMBER_OF_CRITERIA:
        return len({_COUNTED_AS.get(letter, letter) for letter in used})
    return 0


def _acceptance(lines: list[Rule], letter: str) -> _Acceptance:
    criteria = [[criterion for criterion in rule.criteria if criterion.letter == letter] for rule in lines]
    other = _bit_set(all(c.negated or not c.names for c in own) for own in criteria)
    unknown = _bit_set(all(c.accepts(None) for c in own) for own in criteria)
    named: dict[str, int] = {}
    for index, own in enumerate(criteria):
        for name in {name for criterion in own for name in criterion.names}:
            accepted = all(criterion.accepts(name) for criterion in own)
            lines_so_far = named.get(name, other)
            named[name] = lines_so_far | 1 << index if accepted else lines_so_far & ~(1 << index)
    return _Acceptance(named, other, unknown)


def _bit_set(flags: Iterator[bool]) -> int:
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def _bits(value: int) -> Iterator[int]:
    while value:
        yield _lowest_bit(value)
        value &= value - 1


def _lowest_bit(value: int) -> int:
    return (value & -value).bit_length() - 1
