"""A browser for tests: it follows links and sends forms exactly as they stand in the page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from sides import TENANT

PASSWORD = "open sesame"
MY = f"/my/{TENANT}"
DESK = f"/desk/{TENANT}"


@dataclass
class Form:
    """A form of a page: where it goes, its fields as they are filled, and what its button says."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    says: str = ""


@dataclass
class Page:
    """An answer, read: its text without markup, its forms and its links."""

    answer: httpx.Response
    text: str = ""
    forms: list[Form] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return self.answer.status_code

    def form(self, ending: str) -> Form:
        """Return the form whose action ends so."""
        found = [form for form in self.forms if form.action.endswith(ending)]
        assert found, f"no form to {ending} among {[form.action for form in self.forms]} in: {self.text}"
        return found[0]


class _Reader(HTMLParser):
    """Reads a page. Select boxes count as their chosen option, check boxes only where they are checked."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.form: Form | None = None
        self.select = ""
        self.href = ""
        self.words: list[str] = []

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.form = Form(given.get("action") or str(self.page.answer.request.url), given.get("method", "get"))
            self.page.forms.append(self.form)
        elif tag == "input" and self.form and "name" in given:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.form.fields[given["name"]] = given.get("value", "on" if given.get("type") == "checkbox" else "")
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and self.form and ("selected" in given or self.select not in self.form.fields):
            self.form.fields[self.select] = given["value"]
        elif tag == "a":
            self.href = given.get("href", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "a":
            self.href = ""

    def handle_data(self, data):
        if words := " ".join(data.split()):
            self.words.append(words)
            if self.form:
                self.form.says = f"{self.form.says} {words}".strip()
            if self.href:
                self.page.links[words] = self.href


def read(answer: httpx.Response) -> Page:
    page = Page(answer)
    reader = _Reader(page)
    if "html" in answer.headers.get("content-type", ""):
        reader.feed(answer.text)
    page.text = " ".join(reader.words)
    return page


@dataclass
class Browser:
    """Keeps cookies, follows redirects, and shows where it is."""

    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> Page:
        return read(await self.client.get(path, headers=headers, follow_redirects=True))

    async def send(self, page: Page, ending: str, **fields: str) -> Page:
        """Fill in the form of a page whose action ends so, and send it."""
        return await self.submit(page, page.form(ending), **fields)

    async def submit(self, page: Page, form: Form, **fields: str) -> Page:
        """Fill in a form of a page and send it."""
        target = urljoin(str(page.answer.url), form.action)
        return read(await self.client.post(target, data={**form.fields, **fields}, follow_redirects=True))

    async def sign_in(self, name: str, secret: str = PASSWORD, side: str = MY) -> Page:
        page = await self.get(f"{side}/sign-in")
        return await self.send(page, "/sign-in", name=name, secret=secret)
