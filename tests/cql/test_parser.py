"""The dialect of CQL that FOLIO's clients write, read into trees."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.cql import And, Clause, Modifier, Node, Not, Or, Query, SortKey, fold, parse
from octavo.cql.parser import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH, MAX_SORT_KEYS
from octavo.errors import BadRequest

PREFIX = "org.folio.cql2pgjson.exception.QueryValidationException: org.z3950.zing.cql.CQLParseException: "


def bare(term: str) -> Clause:
    return Clause("cql.serverChoice", "=", term)


A, B, C, D = (bare(term) for term in "abcd")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a", A),
        ("and", bare("and")),
        ("Lea Long", bare("Lea Long")),
        ('"Lea"  Long "jr"', bare("Lea Long jr")),
        ("name == Lea Long and x=1", And((Clause("name", "==", "Lea Long"), Clause("x", "=", "1")))),
        ('lang == ["en"]', Clause("lang", "==", '["en"]')),
        ("name=and", Clause("name", "=", "and")),
        ("name = or or x = y", Or((Clause("name", "=", "or"), Clause("x", "=", "y")))),
        ("AND NOT x", Not((bare("AND"), bare("x")))),
        ('"na me"<>x', Clause("na me", "<>", "x")),
        ("a<=1", Clause("a", "<=", "1")),
        ("a any b c", Clause("a", "any", "b c")),
        ("a ANY b", bare("a ANY b")),
        ("title cql.exact foo", Clause("title", "cql.exact", "foo")),
        ("a encloses b", Clause("a", "encloses", "b")),
        ("userId='1-2'", Clause("userId", "=", "'1-2'")),
        ('a "and" b', bare("a and b")),
        ('name=""', Clause("name", "=", "")),
        ("a\tand\r\nb ", And((A, B))),
        ("f==/Number/x=1 5", Clause("f", "==", "5", (Modifier("number"), Modifier("x", "=", "1")))),
        ("f =/@Sub1=v1/@sub2 t", Clause("f", "=", "t", (Modifier("@sub1", "=", "v1"), Modifier("@sub2")))),
    ],
)
def test_clauses(text: str, where: Node) -> None:
    assert parse(text) == Query(where)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"x\y"', "xy"),
        (r'"a\*b\?c\^d\\e"', r"a\*b\?c\^d\\e"),
        (r"a\b\"c", r"a\b\"c"),
        (r'"\\"', r"\\"),
        ('a"b', 'a"b'),
        ("“a”", "“a”"),
    ],
)
def test_escapes(text: str, term: str) -> None:
    assert parse(text) == Query(bare(term))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a or b and c not d", Not((And((Or((A, B)), C)), D))),
        ("a OR b Or c", Or((A, B, C))),
        ("(a or b) or c", Or((A, B, C))),
        ("a or (b or c)", Or((A, Or((B, C))))),
        ("a and (b or (c and d))", And((A, Or((B, And((C, D))))))),
        ("a not b not c", Not((A, B, C))),
        ("a not (b not c)", Not((A, Not((B, C))))),
        ("((a))", A),
        ("a and/x=1/y b", And((A, B))),
    ],
)
def test_booleans_have_one_precedence_and_bind_to_the_left(text: str, where: Node) -> None:
    assert parse(text) == Query(where)


@pytest.mark.parametrize(
    ("carried", "written"),
    [
        ('id==("a" or "b")', "id==a or id==b"),
        ('id<>("a" and "b")', "id<>a and id<>b"),
        ("n=(a or (b and c d))", "n=a or (n=b and n=c d)"),
        ("n==(a or x any y and b)", "n==a or x any y and n==b"),
        ("n==(a or m=(b or c))", "n==a or (m=b or m=c)"),
        ("n=/number (1 or 2)", "n=/number 1 or n=/number 2"),
        ("n==(a) and b", "n==a and b"),
    ],
)
def test_index_and_relation_carry_over_into_parentheses(carried: str, written: str) -> None:
    assert parse(carried) == parse(written)


def test_sort_keys() -> None:
    query = parse("a sortBy x/sort.descending y SORTBY/number")
    assert query == Query(
        A, (SortKey("x", (Modifier("sort.descending"),)), SortKey("y"), SortKey("SORTBY", (Modifier("number"),)))
    )


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("", "expected index or term, got EOF"),
        ("  \n ", "expected index or term, got EOF"),
        ("name=", "expected index or term, got EOF"),
        ("name==", "expected index or term, got EOF"),
        ('name="x', "expected index or term, got EOF"),
        ('name="x\\"', "expected index or term, got EOF"),
        ('a "x', "expected boolean, got EOF"),
        ("a and", "expected index or term, got EOF"),
        ("(a", "expected ')', got EOF"),
        ("(a or b", "expected ')', got EOF"),
        ("(a sortBy b)", "expected ')', got 'sortBy'"),
        ("a)", "junk after end: ')'"),
        ("a or b)", "junk after end: ')'"),
        ("a=1 b=2", "unexpected relation '='"),
        ("(a) = b", "unexpected relation '='"),
        ("name=x sortBy", "no sort keys"),
        ("a sortBy b = c", "junk after end: '='"),
        ("=name", "expected index or term, got '='"),
        ("()", "expected index or term, got ')'"),
        ("url==http://a/b", "expected boolean, got '/'"),
        ("a (b)", "expected boolean, got '('"),
        ("(a) b", "expected boolean, got 'b'"),
        ("a=/ b=", "expected modifier value, got EOF"),
        ("a=//", "expected modifier, got '/'"),
    ],
)
def test_what_is_no_query_is_refused_in_the_words_of_folio(text: str, tail: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(text)
    assert refused.value.text == PREFIX + tail


@pytest.mark.parametrize(("text", "node"), [("a prox b", "CQLProxNode"), ("> n = u a", "CQLPrefixNode")])
def test_what_folio_reads_but_does_not_answer(text: str, node: str) -> None:
    with pytest.raises(BadRequest, match=rf"Not implemented yet: org\.z3950\.zing\.cql\.{node}$"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a" * (MAX_LENGTH + 1), "longer than 262144 characters"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "nested more than 200 levels deep"),
        ("a or b and " * (MAX_DEPTH + 1) + "c", "nested more than 200 levels deep"),
        ("(a or " * MAX_DEPTH + "a" + ")" * MAX_DEPTH + " and b or c", "nested more than 200 levels deep"),
        (" or ".join("a" * (MAX_CLAUSES + 1)), "more than 5000 clauses"),
        ("a=" + "/x" * (MAX_CLAUSES + 1) + " b", "more than 5000 clauses"),
        ("a sortBy " + "b " * (MAX_SORT_KEYS + 1), "more than 32 sort keys"),
        ("a\0", "characters that are not text"),
        ("a\ud800", "characters that are not text"),
    ],
)
def test_limits(text: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * MAX_LENGTH,
        '"' * MAX_LENGTH,
        "\\" * MAX_LENGTH,
        '"' + "\\" * (MAX_LENGTH - 1),
        " " * MAX_LENGTH,
        "a" + " " * (MAX_LENGTH - 2) + "b",
        "a " * (MAX_LENGTH // 2),
        "(" * MAX_LENGTH,
        "/" * MAX_LENGTH,
        " or ".join(f'id=="{number}"' for number in range(2_000)),
        "id==(" + " or ".join(f'"{number}"' for number in range(MAX_CLAUSES)) + ")",
    ],
    ids=lambda text: repr(text[:6]),
)
def test_large_texts_are_read_in_no_time(text: str) -> None:
    begin = time.process_time()
    try:
        parse(text)
    except BadRequest as refused:
        assert refused.text
    assert time.process_time() - begin < 3


def test_fold_goes_from_the_bottom_up() -> None:
    def join(node: Node, values: list[str]) -> str:
        return f"{type(node).__name__}({', '.join(values)})"

    where = parse("a or b and (c not d not a)").where
    assert where is not None
    assert fold(where, lambda clause: clause.term, join) == "And(Or(a, b), Not(c, d, a))"


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet='ab=<>/()"\\ .*', max_size=30)))
def test_every_text_is_a_query_or_refused(text: str) -> None:
    try:
        assert isinstance(parse(text), Query)
    except BadRequest as refused:
        assert refused.text


WORDS = st.sampled_from(["a", "b", '"c d"', "e*", "and", '""'])
GROUPS = st.recursive(
    WORDS,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["or", "and", "not"]), inner),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(GROUPS, st.sampled_from(["n=", "n==", "n<>", "n any "]))
def test_carry_over_is_the_written_out_form(group: str, relation: str) -> None:
    carried = parse(f"{relation}({group})").where
    plain = parse(group).where
    assert carried is not None
    assert plain is not None

    def written(node: Node, values: list[Node]) -> Node:
        return type(node)(tuple(values))

    clause = parse(f"{relation}x").where
    assert isinstance(clause, Clause)
    assert carried == fold(plain, lambda leaf: Clause(clause.index, clause.relation, leaf.term), written)
