"""From the text of circulation rules to tokens; indentation becomes INDENT and DEDENT, as in Python."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from octavo.rules.circulation_rules.errors import RulesError

CRITERION_LETTERS = "tabcsmg"
POLICY_LETTERS = "lrnoi"
MAX_DEPTH = 50


class Kind(StrEnum):
    """What a token is, in the words of an error message."""

    PRIORITY = "'priority'"
    FIRST_LINE = "'first-line'"
    LAST_LINE = "'last-line'"
    CRITERIUM = "'criterium'"
    NUMBER_OF_CRITERIA = "'number-of-criteria'"
    FALLBACK_POLICY = "'fallback-policy'"
    ALL = "'all'"
    COLON = "':'"
    COMMA = "','"
    OPEN = "'('"
    CLOSE = "')'"
    PLUS = "'+'"
    NOT = "'!'"
    CRITERION_LETTER = "a criterion letter (t a b c s m g)"
    POLICY_LETTER = "a policy letter (l r n o i)"
    NAME = "a name"
    NEWLINE = "the end of the line"
    INDENT = "an indented line"
    DEDENT = "the end of the indented lines"
    END = "the end of the rules"


@dataclass(frozen=True)
class Token:
    """A word of the rules; the line counts from 1, the column from 0."""

    kind: Kind
    text: str
    line: int
    column: int

    def error(self, message: str) -> RulesError:
        """Return an error of form at this token."""
        return RulesError(message, self.line, self.column + 1)


_WORDS = {
    kind.value.strip("'"): kind
    for kind in Kind
    if kind.value.startswith("'") and kind not in (Kind.NEWLINE, Kind.INDENT, Kind.DEDENT, Kind.END)
}
_NAME = re.compile(r"[0-9a-zA-Z-]+")
_LINE_END = re.compile(r"\r\n|\n|\r")
_COMMENT = re.compile(r"[#/].*")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a rules text, ending with END. Raises RulesError."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    levels = [0]
    number, line = 1, ""
    for number, line in enumerate(_LINE_END.split(text), start=1):
        found = list(_words(line, number))
        if found:
            yield from _dents(levels, found[0])
            yield from found
            yield Token(Kind.NEWLINE, "", number, len(line))
    for _ in levels[1:]:
        yield Token(Kind.DEDENT, "", number, len(line))
    yield Token(Kind.END, "", number, len(line))


def _dents(levels: list[int], first: Token) -> Iterator[Token]:
    if first.column > levels[-1]:
        levels.append(first.column)
        if len(levels) > MAX_DEPTH:
            raise first.error(f"Only {MAX_DEPTH} levels of indentation are allowed.")
        yield Token(Kind.INDENT, "", first.line, first.column)
    while first.column < levels[-1]:
        levels.pop()
        yield Token(Kind.DEDENT, "", first.line, first.column)
    if first.column != levels[-1]:
        raise first.error("The indentation matches no line above.")


def _words(line: str, number: int) -> Iterator[Token]:
    content = _COMMENT.sub("", line)
    column = 0
    while column < len(content):
        if content[column] == " ":
            column += 1
            continue
        token = _word(content, number, column)
        column += len(token.text)
        yield token


def _word(content: str, number: int, column: int) -> Token:
    match = _NAME.match(content, column)
    text = match.group() if match else content[column]
    kind = _kind_of(text) if match else _WORDS.get(text)
    if text == "\t":
        raise RulesError("Tabulator character is not allowed, use spaces instead.", number, column + 1)
    if kind is None:
        raise RulesError(f"The character {text!r} is not allowed here.", number, column + 1)
    return Token(kind, text, number, column)


def _kind_of(name: str) -> Kind:
    if len(name) == 1 and name in CRITERION_LETTERS:
        return Kind.CRITERION_LETTER
    if len(name) == 1 and name in POLICY_LETTERS:
        return Kind.POLICY_LETTER
    return _WORDS.get(name, Kind.NAME)
