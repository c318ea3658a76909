"""Reading forms: text in one spelling, and files, whatever a browser or a stranger sends."""

import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import litestar._multipart
import litestar.connection.request
from litestar import Request
from litestar._parsers import parse_url_encoded_form_data
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.exceptions import ClientException
from multipart import MultipartSegment, PushMultipartParser

from bot.channels.text import visible, with_few_marks

MOST_FIELDS = 1000


class Utf8Parser(PushMultipartParser):  # type: ignore[misc]
    """Texts of a form are UTF-8, as browsers send them. A part may name any of Python's encodings,
    and Litestar obeys: one megabyte of "punycode", from anybody, held up everybody for minutes."""

    def parse(self, chunk: bytes) -> Iterator[Any]:
        for part in super().parse(chunk):
            if isinstance(part, MultipartSegment):
                part.charset = None
            yield part


def few_fields(body: bytes) -> dict[str, Any]:
    """The fields of a form, if they are no more than the parts that Litestar takes: a million of
    them held up everybody for a second. Raises: ClientException."""
    if body.count(b"&") >= MOST_FIELDS:
        raise ClientException("Biểu mẫu có quá nhiều ô.")
    return parse_url_encoded_form_data(body)


litestar._multipart.PushMultipartParser = Utf8Parser  # type: ignore[attr-defined]
litestar.connection.request.parse_url_encoded_form_data = few_fields  # type: ignore[attr-defined, assignment]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file as a browser sends it; nothing of it is to be believed."""

    name: str
    declared: str
    content: bytes


class Fields:
    """A form's fields. A text that is missing is empty."""

    def __init__(self, form: FormMultiDict) -> None:
        self._form = form

    def text(self, name: str) -> str:
        """Composed (NFC), with line feeds, without what nobody sees: that says nothing."""
        few = with_few_marks(self.raw(name).replace("\r\n", "\n"))
        return visible(unicodedata.normalize("NFC", few))

    def raw(self, name: str) -> str:
        """As typed; for passwords."""
        value = self._form.get(name, "")
        return value if isinstance(value, str) else ""

    def all(self, name: str) -> list[str]:
        """Every value of boxes that may be ticked together."""
        return [value for value in self._form.getall(name, []) if isinstance(value, str)]

    async def file(self, name: str) -> Chosen | None:
        """The chosen file; None where none was."""
        value = self._form.get(name)
        if not isinstance(value, UploadFile) or not value.filename:
            return None
        few = with_few_marks(value.filename.replace("\0", ""))
        clean = unicodedata.normalize("NFC", few)
        return Chosen(clean, value.content_type, await value.read())


async def read_form(request: Request[Any, Any, Any]) -> Fields:
    """The form of a request. Raises: ClientException, when it cannot be read."""
    try:
        return Fields(await request.form())
    except (LookupError, UnicodeError):
        raise ClientException("Biểu mẫu không đọc được.") from None


def local_path(path: str, otherwise: str) -> str:
    """`path` if it leads into the console of this very site, else `otherwise`.

    `//host`, `/\\host` and control characters are how redirects are led astray.
    """
    inside = path == "/console" or path.startswith(("/console/", "/console?"))
    clean = path.isprintable() and "\\" not in path and "//" not in path and len(path) < 500
    return path if inside and clean else otherwise


def as_uuid(text: str) -> uuid.UUID | None:
    """None for what is no id."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
