"""What templates come to: tokens, sections, escaping, dates; and what they cannot reach."""

from zoneinfo import ZoneInfo

import pytest

from octavo.rules.templates import LONGEST, BadTemplate, check_template, localised, render

BERLIN = ZoneInfo("Europe/Berlin")
CONTEXT = {
    "user": {"firstName": "Ann & Co", "barcode": "P1"},
    "loans": [{"item": {"title": "Emma"}}, {"item": {"title": "<Persuasion>"}}],
    "count": 3,
    "renewable": True,
    "nothing": None,
    "empty": [],
}


@pytest.mark.parametrize(
    ("text", "html", "plain"),
    [
        ("Dear {{user.firstName}}", "Dear Ann &amp; Co", "Dear Ann & Co"),
        ("{{{user.firstName}}}{{&user.firstName}}", "Ann & CoAnn & Co", "Ann & CoAnn & Co"),
        ("{{#loans}}{{item.title}}; {{/loans}}", "Emma; &lt;Persuasion&gt;; ", "Emma; <Persuasion>; "),
        ("{{#loans}}{{user.barcode}}{{/loans}}", "P1P1", "P1P1"),
        ("{{^empty}}none{{/empty}}{{#empty}}some{{/empty}}", "none", "none"),
        ("{{count}} {{renewable}} {{nothing}}.", "3 true .", "3 true ."),
        ("{{unknown}}{{user.unknown.deeper}}{{! a remark }}", "", ""),
        ("plain", "plain", "plain"),
        ("", "", ""),
    ],
)
def test_tokens_and_sections(text, html, plain):
    assert render(text, CONTEXT, html=True) == html
    assert render(text, CONTEXT, html=False) == plain


@pytest.mark.parametrize("value", ["{{user.barcode}}", "{{> /etc/passwd}}", "{{#loans}}"])
def test_what_stands_in_a_value_is_no_template(value):
    assert render("{{title}}", {"title": value, **CONTEXT}, html=False) == value


@pytest.mark.parametrize(
    "token",
    ["__class__", "user.__class__", "user.items", "loans.append", "count.real", "user.firstName.upper", "loans.0"],
)
def test_a_template_reaches_no_attribute_and_calls_nothing(token):
    assert render("{{{T}}}{{#T}}x{{/T}}".replace("T", token), CONTEXT, html=False) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{#loans}}", "matching tag"),
        ("{{/loans}}", "mismatch"),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", "mismatch"),
        ("{{user.name", "not closed"),
        ("{{> /etc/passwd}}", "partials are not offered"),
        ("{{=<% %>=}}<%user%>", "other delimiters"),
        ("x" * (LONGEST + 1), "at most"),
    ],
)
def test_what_cannot_be_rendered_says_why(text, why):
    with pytest.raises(BadTemplate, match=why):
        check_template(text)
    with pytest.raises(BadTemplate, match=why):
        render(text, CONTEXT, html=True)


def test_sections_nested_without_end_are_refused():
    deep = 3000
    text = "{{#user}}" * deep + "{{/user}}" * deep
    with pytest.raises(BadTemplate):
        render(text, {"user": {"user": True}}, html=True)


def test_a_text_full_of_openings_takes_no_time():
    with pytest.raises(BadTemplate):
        check_template("{{{ " * 20_000)
    check_template("{{{ " * 20_000 + "}}")


@pytest.mark.parametrize(
    ("name", "language", "zone", "shown"),
    [
        ("dueDate", "en-US", ZoneInfo("UTC"), "6/18/19"),
        ("dueDateTime", "en-US", ZoneInfo("UTC"), "6/18/19, 2:04 PM"),
        ("dueDate", "de-DE", BERLIN, "18.06.19"),
        ("dueDateTime", "de-DE", BERLIN, "18.06.19, 16:04"),
        ("detailedDateTime", "en-US", ZoneInfo("UTC"), "June 18, 2019, 2:04 PM"),
        ("dueDate", "xx-Nowhere", ZoneInfo("UTC"), "6/18/19"),
        ("title", "en-US", ZoneInfo("UTC"), "2019-06-18T14:04:33.205Z"),
    ],
)
def test_instants_are_shown_as_the_names_of_their_tokens_ask(name, language, zone, shown):
    context = {"loans": [{"loan": {name: "2019-06-18T14:04:33.205Z"}}]}
    assert localised(context, language, zone)["loans"][0]["loan"][name] == shown


def test_beside_each_date_there_is_one_with_the_time():
    shown = localised({"loan": {"dueDate": "2019-06-18T14:04:33+01:00"}}, "en-US", ZoneInfo("UTC"))
    assert shown == {"loan": {"dueDate": "6/18/19", "dueDateTime": "6/18/19, 1:04 PM"}}


@pytest.mark.parametrize("value", ["07/30/2019 10:00", "soon", "", "2019-13-45T99:99:99Z", "9999-12-31T23:59:59-12:00"])
def test_what_is_no_instant_stays(value):
    assert localised({"dueDate": value}, "en-US", ZoneInfo("Asia/Tokyo"))["dueDate"] == value
