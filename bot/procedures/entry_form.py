"""A procedure as a form has it: lists with one line for each item, fees in rows.

What an officer typed is kept whatever it is, as `Content`: a draft may be unfinished, and what is
wrong with it stands beside its field.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.console.forms import Fields
from bot.procedures.entry import Entry
from bot.procedures.problems import problems

Content = dict[str, Any]
"""The fields of an entry that are filled in, as JSON has them; not checked."""

Errors = dict[str, list[str]]
"""What is wrong, by the field it stands beside."""

LISTS = ("questions", "asked", "details", "steps", "papers", "forms", "legal_source")
TEXTS = ("name", "answer", "where", "online", "time", "verified_on")
CHOICES = ("topic", "service", "confidence")
DAYS = ("checked_on", "check_by")
SPARE_FEES = 2
"""Empty rows at the end, for fees to add."""
MAX_FEES = 20

_NEEDED = "Đồng chí ghi mục này."
_SAID: Mapping[str, str] = {
    "missing": _NEEDED,
    "too_short": "Ngắn quá, cần ít nhất {min_length} ký tự.",
    "too_long": "Dài quá, nhiều nhất {max_length} ký tự.",
    "list_too_short": "Cần ít nhất {min_length} dòng.",
    "list_too_long": "Nhiều nhất {max_length} dòng.",
    "string_pattern_mismatch": "Địa chỉ phải bắt đầu bằng https:// và không có dấu cách.",
    "enum": "Đồng chí chọn một mục trong danh sách.",
}
_NO_DAY = "Ngày không đúng, ghi như 31/12/2026."


def read(form: Fields) -> Content:
    """What was typed, without what is empty."""
    content: Content = {name: _line(form.text(name)) for name in TEXTS}
    content |= {name: form.text(name) for name in CHOICES}
    content |= {name: _day(form.text(name)) for name in DAYS}
    content |= {name: lines(form.text(name)) for name in LISTS}
    content["fees"] = [fee for row in range(MAX_FEES) if (fee := _fee(form, row))]
    content["related"] = form.all("related")
    return {name: value for name, value in content.items() if value}


def lines(text: str) -> list[str]:
    """One item for each line that has something on it."""
    return [line for each in text.split("\n") if (line := _line(each))]


def _fee(form: Fields, row: int) -> dict[str, str]:
    text = _line(form.text(f"fee_text_{row}"))
    days = {end: _day(form.text(f"fee_{end}_{row}")) for end in ("since", "until")}
    given = {end: day for end, day in days.items() if day}
    return {"text": text, **given} if text or given else {}


def shown(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the form: texts, a text with lines for each list, rows of fees."""
    fields: dict[str, Any] = {name: content.get(name) or "" for name in (*TEXTS, *CHOICES, *DAYS)}
    fields |= {name: "\n".join(content.get(name) or ()) for name in LISTS}
    fees = [{k: fee.get(k) or "" for k in ("text", "since", "until")} for fee in _fees(content)]
    fields["fees"] = fees + [{"text": "", "since": "", "until": ""}] * SPARE_FEES
    fields["related"] = list(content.get("related") or ())
    return fields


def _fees(content: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return content.get("fees") or ()


def check(
    content: Content, known: Collection[str], procedure_id: str, today: date
) -> tuple[Entry | None, Errors]:
    """The entry, or what is wrong with it. `known`: the procedures there are."""
    errors: Errors = {}
    try:
        entry = Entry.model_validate({**content, "id": procedure_id})
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=True, include_input=False):
            field = str(each["loc"][0]) if each["loc"] else "name"
            errors.setdefault(field, []).append(_words(each))
        return None, errors
    for field, why in problems(entry, known, today):
        errors.setdefault(field, []).append(f"{why[:1].upper()}{why[1:]}.")
    return (None if errors else entry), errors


def _words(error: ErrorDetails) -> str:
    """In Vietnamese, with the line where it is one of several."""
    kind, field = error["type"], error["loc"]
    if kind == "value_error":
        said = str(error["ctx"]["error"])
        said = f"{said[:1].upper()}{said[1:]}."
    elif kind.startswith("date"):
        said = _NO_DAY
    else:
        if error.get("ctx", {}).get("field_type") == "List":
            kind = f"list_{kind}"
        said = _SAID.get(kind, "Mục này chưa đúng.").format(**error.get("ctx", {}))
    row = next((part + 1 for part in field if isinstance(part, int)), None)
    return said if row is None else f"Dòng {row}: {said[:1].lower()}{said[1:]}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _day(text: str) -> str:
    """As JSON has it, whichever way it was written; what is no day stays as it is."""
    written = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text.strip())
    return f"{written[3]}-{written[2]:0>2}-{written[1]:0>2}" if written else text.strip()
