"""What is wrong with a procedure as it is written, in an officer's words."""

from typing import Any

from pydantic import ValidationError

_WHY = {
    "missing": "chưa ghi",
    "extra_forbidden": "không có mục này",
    "string_type": "phải là chữ",
    "string_too_short": "chưa ghi, hoặc ngắn quá",
    "string_too_long": "dài quá",
    "string_pattern_mismatch": "có ký tự không dùng được",
    "too_short": "ít quá",
    "too_long": "nhiều quá",
    "list_type": "phải là danh sách",
    "enum": "không có lựa chọn này",
    "date_type": "phải là một ngày",
    "date_from_datetime_parsing": "phải là một ngày",
    "date_parsing": "phải là một ngày",
}


def in_words(error: ValidationError) -> list[tuple[str, str]]:
    """Each problem: the field's name and what is wrong with it."""
    return [(str(each["loc"][0]) if each["loc"] else "", _why(each)) for each in error.errors()]


def _why(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _WHY.get(error["type"], "không đúng")
