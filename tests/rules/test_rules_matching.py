"""Which line wins: the bit sets of the matcher against the definition, word for word."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.rules.circulation_rules import Facts, compile_rules
from octavo.rules.circulation_rules.parser import parse
from octavo.rules.circulation_rules.syntax import Criterion, Priority, Rule, Slot

LETTERS = "tabcsmg"
FIELDS = {
    "g": "patron_group", "m": "material_type", "t": "loan_type", "s": "location",
    "c": "library", "b": "campus", "a": "institution",
}  # fmt: skip
NAMES = st.sampled_from(["n1", "n2", "n3", "xx-4"])


@st.composite
def criteria(draw):
    letter = draw(st.sampled_from(LETTERS))
    names = draw(st.frozensets(NAMES, max_size=3))
    return Criterion(letter, names, negated=bool(names) and draw(st.booleans()))


blocks = st.recursive(
    st.tuples(st.lists(criteria(), min_size=1, max_size=3), st.just(True), st.just([])),
    lambda inner: st.tuples(
        st.lists(criteria(), min_size=1, max_size=2), st.booleans(), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def priorities(draw):
    slots = draw(st.permutations([Slot.CRITERIUM, Slot.NUMBER_OF_CRITERIA]))[: draw(st.integers(0, 2))]
    letters = "".join(draw(st.permutations(LETTERS))) if Slot.CRITERIUM in slots else ""
    first, second = [None, None, *slots][-2:]
    return Priority(first, second, letters, first_line=draw(st.booleans()))


facts = st.builds(Facts, **{field: st.none() | NAMES | st.just("other") for field in FIELDS.values()})


def print_criterion(criterion):
    names = [("!" if criterion.negated else "") + name for name in sorted(criterion.names)]
    return f"{criterion.letter} {' '.join(names) or 'all'}"


def print_priority(priority):
    slots = [slot for slot in (priority.first, priority.second) if slot]
    words = [f"criterium({', '.join(priority.letters)})" if slot is Slot.CRITERIUM else slot.value for slot in slots]
    return ", ".join([*words, "first-line" if priority.first_line else "last-line"])


class Printer:
    """Writes a rules text and remembers what it said."""

    def __init__(self, priority, statements):
        self.lines = [f"priority: {print_priority(priority)}"]
        self.rules = []
        if not priority.first_line:
            self.fallback = self.policies((), "fallback-policy")
        for statement in statements:
            self.write(statement, (), 0)
        if priority.first_line:
            self.fallback = self.policies((), "fallback-policy")

    def policies(self, used, text):
        number = len(self.lines) + 1
        ids = {letter: f"{letter}{number}" for letter in "lrnoi"}
        self.lines.append(f"{text}: " + " ".join(f"{letter} {name}" for letter, name in ids.items()))
        return Rule(tuple(used), ids, number, len(text))

    def write(self, statement, outer, depth):
        own, has_policies, inner = statement
        used = (*outer, *own)
        text = "  " * depth + " + ".join(print_criterion(criterion) for criterion in own)
        if has_policies:
            self.rules.append(self.policies(used, text))
        else:
            self.lines.append(text)
        for nested in inner:
            self.write(nested, used, depth + 1)


def salience(rule, priority):
    """The definition, from the documentation of the rules."""
    used = {criterion.letter for criterion in rule.criteria}
    ranks = {
        None: 0,
        Slot.CRITERIUM: max([7 - priority.letters.find(letter) for letter in used], default=0),
        Slot.NUMBER_OF_CRITERIA: len(used - set("abcs")) + bool(used & set("abcs")),
    }
    line = 10_000_000 - rule.line if priority.first_line else rule.line
    return line + 10**7 * ranks[priority.second] + 10**8 * ranks[priority.first]


def applies(rule, known):
    return all(criterion.accepts(getattr(known, FIELDS[criterion.letter])) for criterion in rule.criteria)


@settings(max_examples=60, deadline=None)
@given(priorities(), st.lists(blocks, max_size=5))
def test_a_printed_rule_set_reads_back_as_it_was(priority, statements):
    printer = Printer(priority, statements)
    read = parse("\n".join(printer.lines))
    assert read.priority == priority
    assert list(read.rules) == printer.rules
    assert read.fallback == printer.fallback


@settings(max_examples=60, deadline=None)
@given(priorities(), st.lists(blocks, max_size=5), st.lists(facts, min_size=1, max_size=5))
def test_the_matcher_agrees_with_the_definition(priority, statements, asked):
    printer = Printer(priority, statements)
    compiled = compile_rules("\n".join(printer.lines))
    for known in asked:
        matching = [rule for rule in (*printer.rules, printer.fallback) if applies(rule, known)]
        matching.sort(key=lambda rule: salience(rule, priority), reverse=True)
        assert [match.line for match in compiled.matches("r", known)] == [rule.line for rule in matching]
        assert compiled.match("r", known).policy_id == matching[0].policies["r"]


def test_a_thousand_lines_answer_within_a_millisecond():
    policies = "l a1 r a2 n a3 o a4 i a5"
    lines = [f"m type-{number} + g !group-{number} + s all: {policies}" for number in range(1000)]
    text = "\n".join(["priority: t, s, c, b, a, m, g", f"fallback-policy: {policies}", *lines])
    rules = compile_rules(text)
    known = Facts(material_type="type-500", patron_group="group-1")
    started = time.perf_counter()
    for _ in range(100):
        assert rules.match("l", known).line == 503
    assert (time.perf_counter() - started) / 100 < 0.001
