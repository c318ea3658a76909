"""`binhyen audit verify`: whether somebody did anything to the log of what officers saw and did.

The end that a check found is kept beside the database, in `<data_dir>/audit-checked.json`, and the
next check expects it to be there still.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from bot.audit.verify import End, Findings, verify
from bot.db import Database
from bot.ops.errors import OperationError
from bot.ops.installation import installation
from bot.settings import Settings

FILE = "audit-checked.json"
DAMAGED = "audit-damaged"
"""There from a check that found damage until one that finds none; the known end stays beside it."""
_END = re.compile(r"(\d{1,18}):([0-9a-f]{16,64})")


def run(settings: Settings, known: str | None, show: Callable[[str], None]) -> None:
    """Check everything, and say what is wrong. Raises: OperationError, when anything is."""
    file = settings.data_dir / FILE
    end = _typed(known) if known else _remembered(file)
    with installation(settings) as url:
        findings = asyncio.run(_verify(url, end))
    for line in in_words(findings, end):
        show(line)
    if not findings.whole:
        note_damage(settings.data_dir)
        raise OperationError(
            "nhật ký đã bị can thiệp. Hãy giữ nguyên hiện trạng và báo Tổ quản lý."
        )
    remember(file, findings.end)
    show(f"Nhật ký nguyên vẹn: {findings.checked} mục.")
    if findings.checked:
        show(f"Mục cuối: {findings.end.number}:{findings.end.seal}")
        show("Chép dòng này ra giấy; lần sau đối chiếu bằng: binhyen audit verify --known SỐ:DẤU")


async def _verify(url: str, end: End | None) -> Findings:
    db = Database(url)
    try:
        return await verify(db, end)
    finally:
        await db.close()


def in_words(findings: Findings, known: End | None) -> Iterator[str]:
    """What is wrong, one line each."""
    for number in findings.altered:
        yield f"Mục {number}: đã bị sửa."
    for first, last in findings.missing:
        yield f"Mục {first if first == last else f'{first}–{last}'}: đã bị xóa."
    for was, now in findings.moved:
        yield f"Mục {now}: vốn là mục {was}, đã bị chuyển chỗ."
    for number in findings.added:
        yield f"Mục {number}: bị thêm vào bằng tay."
    for number in findings.loose:
        yield f"Mục {number}: không nối tiếp mục đứng trước."
    if findings.head:
        yield "Chỗ ghi điểm cuối của nhật ký đã bị sửa hoặc bị xóa."
    if findings.put_back and known:
        yield (
            f"Lần trước đã thấy mục {known.number} với dấu {known.seal[:16]}…, nay không còn: "
            "cơ sở dữ liệu đã bị đưa về ngày cũ hoặc bị ghi lại."
        )


def _typed(text: str) -> End:
    found = _END.fullmatch(text.strip())
    if not found:
        raise OperationError("--known phải có dạng SỐ:DẤU, như lần kiểm tra trước đã in ra.")
    return End(int(found[1]), found[2])


def _remembered(file: Path) -> End | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return End(int(kept["number"]), str(kept["seal"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperationError(f"{file} không đọc được; nhật ký chưa được kiểm tra.") from error


def note_damage(data_dir: Path) -> None:
    """For `binhyen doctor`; a folder that takes no note must not hide what was found."""
    with suppress(OSError):
        (data_dir / DAMAGED).touch()


def remember(file: Path, end: End) -> None:
    try:
        file.write_text(json.dumps({"number": end.number, "seal": end.seal}), encoding="utf-8")
        file.with_name(DAMAGED).unlink(missing_ok=True)
    except OSError as error:
        raise OperationError(f"Không ghi được {file}: {error.strerror}.") from error
