"""Everything that can be reached and filled in from a signed-in officer's first page."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.console.site import Browser

START = "/console"
MOST = 80
"""Pages read of one officer; with a dozen reports there are fewer."""


@dataclass
class Form:
    """A form on a page: where it goes, and what its fields may hold."""

    page: str
    method: str
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


async def crawl(browser: Browser) -> tuple[dict[str, int], list[Form]]:
    """The status of each address that a link leads to, and each form once."""
    statuses: dict[str, int] = {}
    forms: dict[tuple[str, str, frozenset[str]], Form] = {}
    waiting = [START]
    while waiting and len(statuses) < MOST:
        address = waiting.pop(0)
        if address in statuses:
            continue
        answer = await browser.get(address, follow_redirects=True)
        statuses[address] = answer.status_code
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page = _Page(address)
        page.feed(answer.text)
        waiting += [link for link in page.links if link not in statuses]
        for form in page.forms:
            forms.setdefault((_kind(form.page), _kind(form.action), frozenset(form.fields)), form)
    return statuses, list(forms.values())


def _kind(address: str) -> str:
    """The address without what names one report or row: its form is every one's."""
    return re.sub(r"PA-\w{5}|[0-9a-f-]{36}", "*", address.partition("?")[0])


class _Page(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in values:
            self._link(values["href"])
        elif tag == "form":
            action = urljoin(self.address, values.get("action") or self.address)
            self._form = Form(self.address, values.get("method", "get"), action)
            self.forms.append(self._form)
        elif self._form and tag in ("input", "textarea", "button", "select"):
            self._field(tag, values)
        elif self._form and tag == "option" and self._select:
            self._form.fields[self._select].append(values.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _link(self, href: str) -> None:
        address = urldefrag(urljoin(self.address, href)).url
        if not urlsplit(address).netloc and address.startswith(START):
            self.links.append(address)

    def _field(self, tag: str, values: dict[str, str]) -> None:
        assert self._form
        if other := values.get("formaction"):
            self.forms.append(Form(self.address, "post", urljoin(self.address, other)))
        name = values.get("name")
        if not name or name == "_csrf_token":
            return
        known = self._form.fields.setdefault(name, [])
        if tag == "select":
            self._select = name
        elif values.get("value"):
            known.append(values["value"])
