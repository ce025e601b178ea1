"""The language of circulation rules: what it means and which mistakes it tells."""

import pytest

from octavo.rules.circulation_rules import Facts, RulesError, compile_rules

ALL_FIVE = "l lend o fine i lost r ask n tell"
SEVEN = "t, s, c, b, a, m, g"


def policies(loan_policy: str) -> str:
    return f"l {loan_policy} r ask n tell o fine i lost"


def winner(text: str, **facts: str) -> str:
    return compile_rules(text).match("l", Facts(**facts)).policy_id


def test_the_one_line_form_of_the_api_tests_applies_to_everybody():
    rules = compile_rules(f"priority: {SEVEN} fallback-policy: {ALL_FIVE}")
    match = rules.match("l", Facts())
    assert (match.policy_id, match.line) == ("lend", 1)
    assert [rules.match(letter, Facts()).policy_id for letter in "oirn"] == ["fine", "lost", "ask", "tell"]


@pytest.mark.parametrize(
    "priority",
    [
        "last-line",
        "number-of-criteria, last-line",
        f"criterium({SEVEN}), last-line",
        "criterium (t s c b a m g), number-of-criteria, last-line",
        f"number-of-criteria, criterium ({SEVEN}), last-line",
        SEVEN,
        "t s c b a m g",
        "number-of-criteria, first-line",
        f"criterium({SEVEN}), number-of-criteria, first-line",
    ],
)
def test_every_form_of_priority_takes_the_fallback_before_the_rules(priority):
    text = f"priority: {priority}\n\nfallback-policy: {ALL_FIVE}\nm book: {policies('books')}\n"
    assert winner(text, material_type="book") == "books"
    assert winner(text, material_type="dvd") == "lend"


@pytest.mark.parametrize("priority", ["first-line", "number-of-criteria, first-line"])
def test_with_first_line_the_fallback_may_come_last(priority):
    text = f"priority: {priority}\nm book: {policies('books')}\nfallback-policy: {ALL_FIVE}"
    assert winner(text, material_type="book") == "books"
    assert winner(text) == "lend"


def test_first_line_lets_the_first_of_two_matching_rules_win_and_last_line_the_last():
    rules = f"m book: {policies('one')}\nm all: {policies('two')}\n"
    fallback = f"fallback-policy: {ALL_FIVE}\n"
    assert winner(f"priority: first-line\n{rules}{fallback}", material_type="book") == "one"
    assert winner(f"priority: last-line\n{fallback}{rules}", material_type="book") == "two"


def test_the_stronger_letter_beats_the_greater_number_of_criteria_and_that_beats_the_line():
    head = f"priority: {SEVEN}\nfallback-policy: {ALL_FIVE}\n"
    text = head + f"t short: {policies('loan-type')}\nm book + g staff: {policies('two')}\nm book: {policies('one')}\n"
    facts = {"material_type": "book", "patron_group": "staff"}
    assert winner(text, **facts, loan_type="short") == "loan-type"
    assert winner(text, **facts, loan_type="long") == "two"


def test_the_four_letters_of_a_place_count_as_one_criterion():
    head = f"priority: number-of-criteria, last-line\nfallback-policy: {ALL_FIVE}\n"
    text = head + f"g staff + m book: {policies('two')}\na i + b c + c l + s here: {policies('place')}\n"
    text = text.replace("b c", "b camp").replace("c l ", "c lib ").replace("a i ", "a inst ")
    place = {"institution": "inst", "campus": "camp", "library": "lib", "location": "here"}
    assert winner(text, **place, patron_group="staff", material_type="book") == "two"


def test_nested_lines_add_their_criteria_to_those_above():
    text = (
        f"priority: last-line\nfallback-policy: {ALL_FIVE}\n"
        "m book dvd\n"
        f"    g staff: {policies('staff')}\n"
        f"    g student: {policies('student')}\n"
        "      t short + s desk\n"
        f"        c main: {policies('deep')}\n"
        f"m map: {policies('map')}"
    )
    assert winner(text, material_type="book", patron_group="staff") == "staff"
    assert winner(text, material_type="map", patron_group="staff") == "map"
    assert winner(text, material_type="cd", patron_group="staff") == "lend"
    deep = {"patron_group": "student", "loan_type": "short", "location": "desk", "library": "main"}
    assert winner(text, material_type="dvd", **deep) == "deep"


def test_negated_names_match_all_others_but_never_what_is_unknown():
    text = f"priority: last-line\nfallback-policy: {ALL_FIVE}\nm !book !dvd: {policies('rest')}"
    assert winner(text, material_type="map") == "rest"
    assert winner(text, material_type="dvd") == "lend"
    assert winner(text) == "lend"


def test_all_matches_anything_and_counts_as_a_criterion():
    text = f"priority: number-of-criteria, last-line\nfallback-policy: {ALL_FIVE}\ng all: {policies('any')}"
    assert winner(text) == "any"
    assert winner(text, patron_group="staff") == "any"


def test_ids_are_compared_without_case():
    text = f"priority: last-line\nfallback-policy: {ALL_FIVE}\nm BOOK: {policies('Books')}"
    assert winner(text, material_type="Book") == "books"


def test_comments_and_blank_lines_change_nothing():
    text = (
        "# the rules\r\n\r\n"
        f"priority: last-line / of our house\rfallback-policy: {ALL_FIVE} #\twith a tabulator\n"
        "m book # books\n\n      # indented comment\n  g staff: " + policies("staff") + "\n   \n"
    )
    assert winner(text, material_type="book", patron_group="staff") == "staff"


def test_a_match_tells_its_line_and_which_criteria_the_line_used():
    text = f"priority: last-line\nfallback-policy: {ALL_FIVE}\nm book\n  t short: {policies('x')}\ng staff: {policies('y')}"
    rules = compile_rules(text)
    match = rules.match("l", Facts(material_type="book", loan_type="short"))
    assert (match.line, match.material_type, match.loan_type, match.patron_group) == (4, True, True, False)
    matches = rules.matches("l", Facts(material_type="book", loan_type="short", patron_group="staff"))
    assert [(one.policy_id, one.line) for one in matches] == [("y", 5), ("x", 4), ("lend", 2)]
    assert [one.patron_group for one in matches] == [True, False, False]


def test_every_policy_is_listed_with_its_place_for_the_check_that_it_exists():
    text = f"priority: last-line\nfallback-policy: {ALL_FIVE}\nm book: {policies('books')}"
    found = [(one.letter, one.policy_id, one.line, one.column) for one in compile_rules(text).policy_ids()]
    assert found[:2] == [("l", "lend", 2, 15), ("r", "ask", 2, 15)]
    assert found[5] == ("l", "books", 3, 6)
    assert len(found) == 10


HEAD = f"priority: last-line\nfallback-policy: {ALL_FIVE}\n"
NOT_LAST = "For 'priority: first-line' the fallback-policy must be after the last rule."


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        (HEAD + "m\tbook", "Tabulator character is not allowed, use spaces instead.", 3, 2),
        (HEAD + "m : " + ALL_FIVE, "Name missing.", 3, 3),
        (HEAD + "m book + g", "Name missing.", 3, 11),
        (HEAD + "m ! : " + ALL_FIVE, "Name missing.", 3, 5),
        (HEAD + "m book: l", "Name missing.", 3, 10),
        (HEAD + "m book !dvd", "A '!' must precede each name or no name.", 3, 8),
        (HEAD + "m !book dvd", "A '!' must precede each name or no name.", 3, 9),
        (HEAD + "m book:", "Policy missing after ':'", 3, 8),
        ("priority: last-line fallback-policy:", "Policy missing after ':'", 1, 37),
        (HEAD + "m book", "Policy missing", 3, 7),
        (HEAD + "m book\n  g staff\nm dvd: " + ALL_FIVE, "Policy missing", 4, 10),
        ("priority: last-line\nfallback-policy", "Policy missing", 2, 16),
        ("priority: t s c", "7 letters expected, found only 3", 1, 11),
        ("priority: criterium(t s c b a m), last-line", "7 letters expected, found only 6", 1, 21),
        ("priority: t s c b a m g g", "Only 7 letters expected, found 8", 1, 11),
        ("priority: t s c b a m t", "Duplicate letter t", 1, 23),
        ("priority: number-of-criteria, number-of-criteria, last-line", "Duplicate priority type", 1, 31),
        (f"priority: criterium({SEVEN}), criterium({SEVEN}), last-line", "Duplicate priority type", 1, 43),
        (HEAD + f"m book: {ALL_FIVE} l again", "Only one policy of type l allowed", 3, 6),
        (HEAD + "m book: l lend r ask n tell o fine", "Must contain one of each policy type, missing type i", 3, 6),
        (f"priority: last-line\n fallback-policy: {ALL_FIVE}", "Expected 'fallback-policy', found an indented line.", 2, 2),
        (f"priority: last-line fallback-policy: {ALL_FIVE} n x", "Only one fallback policy of type n is allowed", 1, 20),
        ("priority: last-line\nfallback-policy: l lend", "Must have a fallback policy of type r", 2, 0),
        (f"priority: first-line\nfallback-policy: {ALL_FIVE}\nm book: {ALL_FIVE}", NOT_LAST, 3, 1),
        (f"priority: first-line\nm all: {ALL_FIVE}\nfallback-policy: {ALL_FIVE}\ng all: {ALL_FIVE}", NOT_LAST, 4, 1),
        ("", "Expected 'priority', found the end of the rules.", 1, 1),
        (" priority: last-line", "Expected 'priority', found an indented line.", 1, 2),
        ("priority last-line", "Expected ':', found 'last-line'.", 1, 10),
        ("priority: m_x", "The character '_' is not allowed here.", 1, 12),
        ("priority: middle-line", "Expected 'first-line' or 'last-line', found 'middle-line'.", 1, 11),
        (HEAD + "m a1 g: " + ALL_FIVE, "Expected the end of the line, found 'g'.", 3, 6),
        (HEAD + "m book\n    g staff: " + ALL_FIVE + "\n  g x: " + ALL_FIVE, "The indentation matches no line above.", 5, 3),
        (HEAD + "fallback-policy: " + ALL_FIVE, "Expected the end of the rules, found 'fallback-policy'.", 3, 1),
        (HEAD + "\n".join(" " * depth + "m all" for depth in range(60)), "Only 50 levels of indentation are allowed.", 53, 51),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_column(text, message, line, column):
    with pytest.raises(RulesError) as caught:
        compile_rules(text)
    assert (caught.value.message, caught.value.line, caught.value.column) == (message, line, column)
