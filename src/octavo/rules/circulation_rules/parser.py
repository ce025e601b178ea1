"""From tokens to rules: the grammar of circulation rules (FOLIO mod-circulation)."""

from collections import Counter
from collections.abc import Iterator

from octavo.rules.circulation_rules.errors import RulesError
from octavo.rules.circulation_rules.lexer import CRITERION_LETTERS, POLICY_LETTERS, Kind, Token, tokenize
from octavo.rules.circulation_rules.syntax import Criterion, Priority, Rule, RulesText, Slot

_SLOTS = {Kind.CRITERIUM: Slot.CRITERIUM, Kind.NUMBER_OF_CRITERIA: Slot.NUMBER_OF_CRITERIA}


def parse(text: str) -> RulesText:
    """Read a rules text. Raises RulesError at the first mistake."""
    return _Parser(tokenize(text)).rules_text()


class _Tokens:
    """The tokens still to be read."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    @property
    def current(self) -> Token:
        return self._tokens[self._next]

    def at(self, *kinds: Kind) -> bool:
        return self.current.kind in kinds

    def take(self) -> Token:
        token = self.current
        self._next += 1
        return token

    def skip(self, kind: Kind) -> bool:
        found = self.at(kind)
        if found:
            self.take()
        return found

    def expect(self, *kinds: Kind) -> Token:
        if not self.at(*kinds):
            wanted = " or ".join(kinds)
            raise self.current.error(f"Expected {wanted}, found {self._found()}.")
        return self.take()

    def _found(self) -> str:
        return f"'{self.current.text}'" if self.current.text else str(self.current.kind)


class _Parser(_Tokens):
    """One method for each rule of the grammar."""

    def rules_text(self) -> RulesText:
        self.expect(Kind.PRIORITY)
        self.expect(Kind.COLON)
        priority = self._priority()
        self.skip(Kind.NEWLINE)
        before = () if self.at(Kind.FALLBACK_POLICY) or not priority.first_line else tuple(self._statements())
        fallback = self._fallback()
        self._check_place_of_fallback(priority, before)
        after = tuple(self._statements())
        self.expect(Kind.END)
        return RulesText(priority, before + after, fallback)

    def _check_place_of_fallback(self, priority: Priority, before: tuple[Rule, ...]) -> None:
        must_be_last = before or (priority.first_line and priority.second is None)
        if must_be_last and self.at(Kind.CRITERION_LETTER):
            raise self.current.error("For 'priority: first-line' the fallback-policy must be after the last rule.")

    def _priority(self) -> Priority:
        if self.at(Kind.CRITERION_LETTER):
            return Priority(Slot.CRITERIUM, Slot.NUMBER_OF_CRITERIA, self._seven_letters())
        slots: list[Slot] = []
        letters = ""
        while self.at(*_SLOTS) and len(slots) < len(Slot):
            start = self.take()
            if start.kind is Kind.CRITERIUM:
                letters = self._letters_in_parentheses()
            if _SLOTS[start.kind] in slots:
                raise start.error("Duplicate priority type")
            slots.append(_SLOTS[start.kind])
            self.expect(Kind.COMMA)
        line = self.expect(Kind.FIRST_LINE, Kind.LAST_LINE)
        first, second = [None, None, *slots][-2:]
        return Priority(first, second, letters, first_line=line.kind is Kind.FIRST_LINE)

    def _letters_in_parentheses(self) -> str:
        self.expect(Kind.OPEN)
        letters = self._seven_letters()
        self.expect(Kind.CLOSE)
        return letters

    def _seven_letters(self) -> str:
        found = [self.expect(Kind.CRITERION_LETTER)]
        while self.skip(Kind.COMMA) or self.at(Kind.CRITERION_LETTER):
            found.append(self.expect(Kind.CRITERION_LETTER))
        wanted = len(CRITERION_LETTERS)
        if len(found) < wanted:
            raise found[0].error(f"{wanted} letters expected, found only {len(found)}")
        if len(found) > wanted:
            raise found[0].error(f"Only {wanted} letters expected, found {len(found)}")
        letters = ""
        for token in found:
            if token.text in letters:
                raise token.error(f"Duplicate letter {token.text}")
            letters += token.text
        return letters

    def _fallback(self) -> Rule:
        start = self.expect(Kind.FALLBACK_POLICY)
        if self.at(Kind.NEWLINE):
            raise self.current.error("Policy missing")
        colon = self.expect(Kind.COLON)
        policies = self._policies()
        self.expect(Kind.NEWLINE)
        ids = _one_of_each(
            policies, start, "Only one fallback policy of type {} is allowed", "Must have a fallback policy of type {}"
        )
        return Rule((), ids, colon.line, colon.column)

    def _statements(self, outer: tuple[Criterion, ...] = ()) -> Iterator[Rule]:
        while self.at(Kind.CRITERION_LETTER):
            yield from self._statement(outer)

    def _statement(self, outer: tuple[Criterion, ...]) -> Iterator[Rule]:
        criteria = (*outer, self._criterion())
        while self.skip(Kind.PLUS):
            criteria = (*criteria, self._criterion())
        has_policies = self.at(Kind.COLON)
        if has_policies:
            yield self._rule(criteria)
        end = self.expect(Kind.NEWLINE)
        if self.skip(Kind.INDENT):
            yield from self._statements(criteria)
            self.expect(Kind.DEDENT)
        elif not has_policies:
            raise end.error("Policy missing")

    def _rule(self, criteria: tuple[Criterion, ...]) -> Rule:
        colon = self.expect(Kind.COLON)
        ids = _one_of_each(
            self._policies(), colon,
            "Only one policy of type {} allowed", "Must contain one of each policy type, missing type {}",
        )  # fmt: skip
        return Rule(criteria, ids, colon.line, colon.column)

    def _criterion(self) -> Criterion:
        letter = self.expect(Kind.CRITERION_LETTER).text
        if self.skip(Kind.ALL):
            return Criterion(letter)
        negated = self.at(Kind.NOT)
        names: set[str] = set()
        while self.at(Kind.NOT, Kind.NAME):
            if self.at(Kind.NOT) is not negated:
                raise self.current.error("A '!' must precede each name or no name.")
            if negated:
                self.take()
            names.add(self._name())
        if not names:
            raise self.current.error("Name missing.")
        return Criterion(letter, frozenset(names), negated)

    def _policies(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while self.at(Kind.POLICY_LETTER):
            found.append((self.take().text, self._name()))
        if not found:
            raise self.current.error("Policy missing after ':'")
        return found

    def _name(self) -> str:
        if not self.at(Kind.NAME):
            raise self.current.error("Name missing.")
        return self.take().text.lower()


def _one_of_each(policies: list[tuple[str, str]], place: Token, too_many: str, missing: str) -> dict[str, str]:
    count = Counter(letter for letter, _ in policies)
    for letter in POLICY_LETTERS:
        if count[letter] != 1:
            message = too_many if count[letter] else missing
            raise RulesError(message.format(letter), place.line, place.column)
    return dict(policies)
