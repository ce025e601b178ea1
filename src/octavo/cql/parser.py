"""CQL text to tree: Index Data's dialect of CQL 1.2, as FOLIO's modules take it (cql-java 1.13).

What differs from the standard: AND, OR, NOT have one precedence and bind to the left; `index relation (a or b)`
carries index and relation over to the bare terms inside; words without quotes join to one term; a keyword
may stand where a term is expected. Nesting is kept on a list, so no query can exhaust the stack.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from octavo.cql.tree import And, Clause, Modifier, Node, Not, Or, Query, SortKey
from octavo.errors import BadRequest

MAX_LENGTH = 256 * 1024
MAX_DEPTH = 200
MAX_CLAUSES = 5_000
MAX_SORT_KEYS = 32

_REFUSED = "org.folio.cql2pgjson.exception.QueryValidationException: "
_UNREADABLE = _REFUSED + "org.z3950.zing.cql.CQLParseException: "

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        "(?P<string>(?:[^"\\]|\\.)*+)"
      | (?P<symbol>==|<=|>=|<>|[()/<>=])
      | (?P<word>[^ \t\r\n()/<>="][^ \t\r\n()/<>=]*)
      | (?P<unterminated>")
    )""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_RELATIONS = frozenset(("=", "==", "<>", "<", ">", "<=", ">="))
_WORD_RELATIONS = frozenset(("any", "all", "adj", "within", "encloses"))
_JOINERS: dict[str, type[And] | type[Or] | type[Not]] = {"and": And, "or": Or, "not": Not}
_KEYWORDS = frozenset((*_JOINERS, "prox", "sortby"))


def parse(text: str) -> Query:
    """Read a CQL query. Raises BadRequest with FOLIO's text for everything that is not one."""
    if len(text) > MAX_LENGTH:
        raise BadRequest(f"query is longer than {MAX_LENGTH} characters")
    if "\0" in text or not _is_unicode(text):
        raise BadRequest("query contains characters that are not text")
    return _Parser(_tokens(text)).query()


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Token(NamedTuple):
    kind: str
    text: str

    @property
    def keyword(self) -> str | None:
        name = self.text.lower()
        return name if self.kind == "word" and name in _KEYWORDS else None

    @property
    def is_symbol(self) -> bool:
        return self.kind in {"word", "string"}

    @property
    def is_relation(self) -> bool:
        """Say whether this is a relation written with signs."""
        return self.kind == "symbol" and self.text in _RELATIONS

    @property
    def is_relation_after_index(self) -> bool:
        """Say whether this is a relation when it stands behind an index; words count too."""
        return self.is_relation or (self.kind == "word" and (self.text in _WORD_RELATIONS or "." in self.text))

    def __str__(self) -> str:
        return "EOF" if self.kind in {"end", "unterminated"} else f"'{self.text}'"


_END = _Token("end", "")


def _tokens(text: str) -> list[_Token]:
    found = []
    # Without the blanks at the end every position begins a token, which keeps this linear.
    for match in _TOKEN.finditer(text.rstrip(" \t\r\n")):
        kind = str(match.lastgroup)
        value = match[kind]
        found.append(_Token(kind, _ESCAPE.sub(_unescape, value) if kind == "string" and "\\" in value else value))
        if kind == "unterminated":
            break
    return [*found, _END]


def _unescape(match: re.Match[str]) -> str:
    """Drop the backslash unless the masking rules need it later."""
    return match[0] if match[1] in r"*?^\\" else match[1]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Index, relation and modifiers that a bare term takes over."""

    index: str = "cql.serverChoice"
    relation: str = "="
    modifiers: tuple[Modifier, ...] = ()


@dataclass(slots=True)
class _Group:
    """What has been read of one pair of parentheses, or of the whole query."""

    scope: _Scope
    operator: str = ""
    parts: list[Node] = field(default_factory=list)
    depth: int = 0

    def begin(self, operator: str) -> None:
        """Take the operator before the next operand; another one than before makes a new level."""
        if operator == self.operator:
            return
        left = self.node()
        if isinstance(left, And | Or | Not) and isinstance(left, _JOINERS[operator]):
            self.parts = list(left.parts)
        else:
            self.parts = [left]
            self.depth += 1
        self.operator = operator

    def add(self, operand: Node, depth: int) -> None:
        """Take an operand that is `depth` levels deep."""
        self.depth = max(self.depth, depth + bool(self.operator))
        self.parts.append(operand)

    def node(self) -> Node:
        """Return what has been read as one node."""
        return _JOINERS[self.operator](tuple(self.parts)) if self.operator else self.parts[0]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._clauses = 0

    def query(self) -> Query:
        where = self._expression()
        sort: tuple[SortKey, ...] = ()
        if self._next.keyword == "sortby":
            self._advance()
            sort = self._sort_keys()
        if self._next.kind != "end":
            raise self._after_end()
        return Query(where, sort)

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _advance(self) -> _Token:
        self._position += 1
        return self._tokens[self._position - 1]

    def _take(self, symbol: str) -> bool:
        if self._next != ("symbol", symbol):
            return False
        self._advance()
        return True

    def _expression(self) -> Node:
        groups = [_Group(_Scope())]
        while True:
            scope = self._scope(groups[-1].scope)
            if self._take("("):
                groups.append(_Group(scope))
                _check_depth(len(groups))
                continue
            groups[-1].add(self._clause(scope), 0)
            while len(groups) > 1 and self._take(")"):
                inner = groups.pop()
                groups[-1].add(inner.node(), inner.depth)
                _check_depth(groups[-1].depth)
            if not self._operator(groups[-1]):
                break
        if len(groups) > 1:
            raise self._expected("')'")
        return groups[0].node()

    def _scope(self, outer: _Scope) -> _Scope:
        """Read `index relation/modifiers` if it is there, else keep what the group carries over."""
        token = self._next
        if token == ("symbol", ">"):
            raise _not_implemented("CQLPrefixNode")
        if not (token.is_symbol and self._tokens[self._position + 1].is_relation_after_index):
            return outer
        index, relation = self._advance().text, self._advance().text
        return _Scope(index, relation, self._modifiers())

    def _clause(self, scope: _Scope) -> Clause:
        words = [self._symbol("index or term")]
        while self._next.is_symbol and self._next.keyword is None:
            words.append(self._advance().text)
        if self._next.is_relation:
            raise _unreadable(f"unexpected relation {self._next}")
        self._count()
        return Clause(scope.index, scope.relation, " ".join(words), scope.modifiers)

    def _operator(self, group: _Group) -> bool:
        """Read a boolean with its modifiers, which mean nothing; return False where the expression ends."""
        keyword = self._next.keyword
        if keyword == "prox":
            raise _not_implemented("CQLProxNode")
        if keyword not in _JOINERS:
            return self._ends()
        self._advance()
        self._modifiers()
        group.begin(keyword)
        _check_depth(group.depth)
        return True

    def _ends(self) -> bool:
        token = self._next
        if token.kind == "end" or token.keyword or token == ("symbol", ")"):
            return False
        if token.is_relation:
            raise _unreadable(f"unexpected relation {token}")
        raise self._expected("boolean")

    def _modifiers(self) -> tuple[Modifier, ...]:
        found = []
        while self._take("/"):
            name = self._symbol("modifier").lower()
            comparison = self._advance().text if self._next.is_relation else None
            value = self._symbol("modifier value") if comparison else None
            found.append(Modifier(name, comparison, value))
            self._count()
        return tuple(found)

    def _sort_keys(self) -> tuple[SortKey, ...]:
        found: list[SortKey] = []
        while self._next.is_symbol:
            found.append(SortKey(self._advance().text, self._modifiers()))
        if not found:
            raise _unreadable("no sort keys")
        if len(found) > MAX_SORT_KEYS:
            raise BadRequest(f"query has more than {MAX_SORT_KEYS} sort keys")
        return tuple(found)

    def _symbol(self, what: str) -> str:
        if not self._next.is_symbol:
            raise self._expected(what)
        return self._advance().text

    def _count(self) -> None:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise BadRequest(f"query has more than {MAX_CLAUSES} clauses")

    def _expected(self, what: str) -> BadRequest:
        return _unreadable(f"expected {what}, got {self._next}")

    def _after_end(self) -> BadRequest:
        return _unreadable(f"junk after end: {self._next}")


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadRequest(f"query is nested more than {MAX_DEPTH} levels deep")


def _unreadable(tail: str) -> BadRequest:
    return BadRequest(_UNREADABLE + tail)


def _not_implemented(node: str) -> BadRequest:
    return BadRequest(f"{_REFUSED}Not implemented yet: org.z3950.zing.cql.{node}")
