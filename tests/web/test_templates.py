"""Templates of messages over HTTP, as FOLIO's template engine keeps and renders them."""

from uuid import uuid4

import pytest

TEMPLATES, RENDER = "/templates", "/template-request"


def template(header="Hello message for {{user.name}}", body="Hello {{user.name}}", **more):
    texts = {"en": {"header": header, "body": body}}
    record = {"name": "Hello", "outputFormats": ["txt", "html", "text/html"], "templateResolver": "mustache"}
    return {**record, "localizedTemplates": texts, **more}


async def rendered(client, template_id, status=200, **more):
    body = {"templateId": template_id, "lang": "en", "outputFormat": "txt", **more}
    answer = await client.post(RENDER, json=body)
    assert answer.status_code == status, answer.text
    return answer


async def test_a_template_is_kept_and_rendered(client, library):
    made = await library.post(TEMPLATES, **template(category="Loan", active=True))
    listed = await library.get(f"{TEMPLATES}?query=category==Loan")
    assert (listed["totalRecords"], listed["templates"][0]["id"]) == (1, made["id"])
    answer = (await rendered(client, made["id"], context={"user": {"name": "Ann & Co"}})).json()
    assert answer["result"] == {"header": "Hello message for Ann & Co", "body": "Hello Ann & Co"}
    assert (answer["templateId"], answer["meta"]["size"], answer["meta"]["lang"]) == (made["id"], 14, "en")
    html = (await rendered(client, made["id"], outputFormat="text/html", context={"user": {"name": "<b>"}})).json()
    assert html["result"] == {"header": "Hello message for <b>", "body": "Hello &lt;b&gt;"}
    assert (await rendered(client, made["id"])).json()["result"]["body"] == "Hello "


async def test_dates_are_shown_in_the_language_and_zone_of_the_tenant(client, library):
    made = await library.post(TEMPLATES, **template("{{loan.dueDate}}", "{{loan.dueDateTime}}"))
    context = {"loan": {"dueDate": "2019-06-18T14:04:33.205Z"}}
    result = (await rendered(client, made["id"], context=context)).json()["result"]
    assert result == {"header": "6/18/19", "body": "6/18/19, 2:04 PM"}
    await library.put("/locale", {"locale": "de-DE", "timezone": "Europe/Berlin", "currency": "EUR"})
    result = (await rendered(client, made["id"], context=context)).json()["result"]
    assert result == {"header": "18.06.19", "body": "18.06.19, 16:04"}


async def test_what_cannot_be_rendered_is_refused_when_it_is_stored(client, library):
    made = await library.post(TEMPLATES, **template())
    broken = template("{{#loans}}", "{{> partial}}")
    for answer in (
        await client.post(TEMPLATES, json=broken),
        await client.put(f"{TEMPLATES}/{made['id']}", json=broken),
    ):
        assert answer.status_code == 422
        keys = [error["parameters"][0]["key"] for error in answer.json()["errors"]]
        assert keys == ["localizedTemplates.en.header", "localizedTemplates.en.body"]
    assert (await library.get(f"{TEMPLATES}/{made['id']}"))["localizedTemplates"] == template()["localizedTemplates"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"outputFormat": "not-a-format"}, "does not support 'not-a-format' output format"),
        ({"lang": "xx"}, "does not have localized template for language 'xx'"),
        ({"templateId": str(uuid4())}, "does not exist"),
        ({"templateId": "x' OR 1=1"}, "does not exist"),
    ],
)
async def test_what_is_asked_for_must_be_there(more, says, client, library):
    made = await library.post(TEMPLATES, **template())
    assert says in (await rendered(client, made["id"], 400, **more)).text


async def test_an_incomplete_request_is_refused(client):
    assert (await client.post(RENDER, json={})).status_code == 422
    unsupported = await client.post(TEMPLATES, json=template(templateResolver="handlebars"))
    assert (unsupported.status_code, unsupported.text) == (400, "Template resolver 'handlebars' is not supported")


async def test_a_template_in_use_stays(client, library):
    free, noticed, reminding = [await library.post(TEMPLATES, **template()) for _ in range(3)]
    notice = {"templateId": noticed["id"], "format": "Email", "realTime": True, "sendOptions": {"sendWhen": "Check out"}}
    await library.post("/patron-notice-policy-storage/patron-notice-policies", name="polite", loanNotices=[notice])
    reminder = {"interval": 1, "timeUnitId": "day", "reminderFee": 1, "noticeTemplateId": reminding["id"]}
    await library.post("/overdue-fines-policies", name="strict", reminderFeesPolicy={"reminderSchedule": [reminder]})
    for used in (noticed, reminding):
        answer = await client.delete(f"{TEMPLATES}/{used['id']}")
        assert (answer.status_code, answer.text) == (400, "Cannot delete template which is currently in use")
    assert (await client.delete(f"{TEMPLATES}/{free['id']}")).status_code == 204
