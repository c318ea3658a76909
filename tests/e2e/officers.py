"""An officer at the console, over real HTTP: signs in, reads the queue, opens a report, acts."""

import html
import re
from typing import Self

import httpx

from tests.codes import code_for
from tests.service import PASSWORD, RunningService

_MARKS = re.compile(r'<mark [^>]*><span class="visually-hidden">[^<]*</span>|</mark>')
_TOKEN = re.compile(r'name="_csrf_token"\s+value="([^"]+)"')


class Console:
    def __init__(self, service: RunningService, username: str) -> None:
        self._http = httpx.Client(base_url=service.base_url, follow_redirects=True, timeout=20)
        answer = self.post(
            "/console/dang-nhap", "/console/dang-nhap", username=username, password=PASSWORD
        )
        if answer.url.path == "/console/ma-xac-nhan":
            code = code_for(service.database_url, username)
            answer = self.post("/console/ma-xac-nhan", "/console/ma-xac-nhan", code=code)
        answer.raise_for_status()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def queue(self) -> str:
        """The page with all open reports this officer may see."""
        return self.get("/console/hang-doi/tat-ca").text

    def codes(self) -> set[str]:
        """The codes of the reports in the queue, on all its pages."""
        codes: set[str] = set()
        address: str | None = "/console/hang-doi/tat-ca"
        while address:
            page = self.get(address).text
            codes |= set(re.findall(r"PA-[A-Z0-9]{5}", page))
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = html.unescape(following[1]) if following else None
        return codes

    def report(self, code: str) -> httpx.Response:
        """The report's page, with what was said as it was said: no marks around what it names."""
        return _unmarked(self.get(f"/console/phan-anh/{code}"))

    def whole_report(self, code: str) -> httpx.Response:
        """The same with no number and no name hidden."""
        return _unmarked(self.act(code, "hien-day-du"))

    def act(self, code: str, action: str, **fields: str) -> httpx.Response:
        """Send one of the forms of the report page."""
        page = f"/console/phan-anh/{code}"
        return self.post(page, f"{page}/{action}", **fields)

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path)

    def post(self, page: str, path: str, **fields: str) -> httpx.Response:
        """Send a form as it stands on `page`."""
        token = _TOKEN.search(self.get(page).text)
        assert token, f"no form on {page}"
        return self._http.post(path, data={"_csrf_token": token[1], **fields})


def _unmarked(answer: httpx.Response) -> httpx.Response:
    text = _MARKS.sub("", answer.text)
    return httpx.Response(answer.status_code, text=text, request=answer.request)
