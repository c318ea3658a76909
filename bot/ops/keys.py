"""`binhyen keys …`: changing the keys that seal what residents wrote, while the service runs."""

from collections.abc import Callable
from pathlib import Path

from bot.console.times import VIETNAM
from bot.libpq import connect
from bot.ops.errors import OperationError
from bot.ops.installation import installation, secret_of
from bot.security import keyring, rotation
from bot.security.models import Purpose, State
from bot.security.vault import Unreadable
from bot.settings import MIN_SECRET, Settings

Show = Callable[[str], None]

STATES = {State.ACTIVE: "đang dùng", State.OLD: "đang thay", State.RETIRED: "đã thôi dùng"}


def run_rotate(settings: Settings, show: Show) -> None:
    """Seal everything with a new data key. Raises: OperationError."""
    done: dict[str, int] = {}
    with installation(settings) as url, connect(url) as connection:
        show("Đang niêm phong lại bằng khóa mới; dịch vụ cứ chạy. Dừng lúc nào cũng được, chạy")
        show("lại lệnh này thì làm tiếp.")
        try:
            rows = rotation.rotate(connection, secret_of(settings), done.__setitem__)
        except rotation.Busy:
            raise OperationError("đang có một lần đổi khóa khác chạy; hãy đợi nó xong.") from None
        except rotation.Unsettled:
            raise OperationError(
                "khóa chính vừa đổi mà dịch vụ chưa khởi động lại với khóa mới. Hãy làm việc ấy "
                "trước, rồi chạy lại lệnh này."
            ) from None
        except Unreadable:
            raise OperationError(
                "có giá trị mà không khóa nào mở được, nên chưa bỏ khóa cũ. Dữ liệu khác đã đổi "
                "xong vẫn đọc được. Hãy xem binhyen keys list và báo người bảo trì."
            ) from None
        for table, count in done.items():
            show(f"  {table}: {count} dòng")
        active = next(k for k in rotation.states(connection) if _seals(k))
        show(f"Xong: {rows} dòng, mọi thứ nay niêm phong bằng khóa số {active.number}.")


def run_rotate_master(settings: Settings, file: Path, show: Show) -> None:
    """Wrap all keys with the secret in `file`; no row is touched. Raises: OperationError."""
    new = read_secret(file)
    if new == secret_of(settings):
        raise OperationError(f"{file} chứa chính khóa đang dùng; hãy tạo khóa mới.")
    with installation(settings) as url, connect(url) as connection:
        count = keyring.rewrap(connection, secret_of(settings), new)
    show(f"Đã bọc lại {count} khóa bằng khóa chính mới. Bây giờ:")
    show(f"1. Đặt BINHYEN_SECRET_KEY là khóa trong {file} (hoặc BINHYEN_SECRET_KEY_FILE={file}).")
    show("2. Khởi động lại binhyen serve: từ lúc ấy khóa chính cũ không mở được gì nữa.")
    show("3. Nếu đổi vì lộ khóa cũ: chạy thêm binhyen keys rotate, và đổi cả các bản sao lưu cũ.")
    show("Cất một bản khóa mới ở nơi an toàn: mất khóa là mất dữ liệu.")


def run_settle(settings: Settings, show: Show) -> None:
    """Have the secret before this one open nothing any more. Raises: OperationError."""
    with installation(settings) as url, connect(url) as connection:
        if not keyring.settle(connection, secret_of(settings)):
            raise OperationError(
                "BINHYEN_SECRET_KEY đang đặt chính là khóa chính cũ; hãy đặt khóa mới trước."
            )
    show("Chỉ khóa chính đang đặt mở được dữ liệu.")


def run_list(settings: Settings, show: Show) -> None:
    """All keys, without anything secret. Raises: OperationError."""
    with installation(settings) as url, connect(url) as connection:
        for key in rotation.states(connection):
            made = key.made_at.astimezone(VIETNAM).strftime("%d/%m/%Y")
            if key.purpose == Purpose.ROOT:
                show(f"Khóa gốc (tra cứu, dấu nhật ký, cookie): có từ {made}, không đổi")
                continue
            state = "đã xóa" if key.forgotten else STATES[State(key.state)]
            show(f"Khóa số {key.number}: {state}, có từ {made}, niêm phong {key.values} giá trị")
        if first := rotation.before_data_keys(connection):
            show(f"Từ trước khi có khóa số 1: {first} giá trị; binhyen keys rotate đổi nốt")


def read_secret(file: Path) -> str:
    """The one line of a key file. Raises: OperationError."""
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OperationError(f"Không đọc được tệp khóa {file}.") from error
    if len(secret) < MIN_SECRET or len(secret.splitlines()) != 1:
        raise OperationError(
            f"{file} phải có đúng một dòng, ít nhất {MIN_SECRET} ký tự. Tạo khóa bằng: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return secret


def _seals(key: rotation.KeyState) -> bool:
    return key.purpose == Purpose.DATA and key.state == State.ACTIVE
