"""What is kept safe: is there a backup, and has anybody looked at the log's chain lately?"""

import json
from datetime import UTC, datetime, timedelta

from bot.checks.finding import Finding, fault, fine, warning
from bot.db import now
from bot.ops.audit import DAMAGED
from bot.ops.audit import FILE as AUDIT
from bot.settings import Settings

BACKUP = "last-backup.json"
"""`{"taken_at": …}`, which bot/ops/backup.py writes after each good one."""
OLD_BACKUP = timedelta(days=2)
OLD_CHECK = timedelta(days=31)


def last_backup(settings: Settings) -> datetime | None:
    """When the last good backup was made on this machine; None where nobody can tell."""
    try:
        noted = json.loads((settings.data_dir / BACKUP).read_bytes())
        return datetime.fromisoformat(noted["taken_at"]).astimezone(UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def backup(settings: Settings) -> Finding:
    taken = last_backup(settings)
    remedy = "Chạy mỗi đêm: binhyen backup THƯ_MỤC --keep 14, và giữ một bản ở máy khác."
    if taken is None:
        return warning("no_backup", "Chưa thấy bản sao lưu nào.", remedy)
    age = now() - taken
    if age > OLD_BACKUP:
        return warning("backup", f"Bản sao lưu gần nhất đã {age.days} ngày.", remedy)
    hours = age.total_seconds() / 3600
    return fine("backup", f"Bản sao lưu gần nhất cách đây {hours:.0f} giờ.")


def audit(settings: Settings) -> Finding:
    """What `binhyen audit verify` last found, and when it found the log whole."""
    remedy = "Chạy: binhyen audit verify"
    if (settings.data_dir / DAMAGED).exists():
        line = "Lần kiểm tra gần nhất thấy nhật ký cán bộ đã bị can thiệp."
        return fault("audit", line, "Hãy giữ nguyên hiện trạng và báo Tổ quản lý.")
    try:
        checked = datetime.fromtimestamp((settings.data_dir / AUDIT).stat().st_mtime, UTC)
    except OSError:
        return warning("audit", "Chưa ai kiểm tra nhật ký cán bộ.", remedy)
    age = now() - checked
    if age > OLD_CHECK:
        return warning("audit", f"Nhật ký cán bộ kiểm tra lần cuối đã {age.days} ngày.", remedy)
    return fine("audit", f"Nhật ký cán bộ nguyên vẹn, kiểm tra cách đây {age.days} ngày.")
