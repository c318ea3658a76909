"""This installation's data at hand: its database up to date, and its keys."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.db import migrate
from bot.ops.errors import OperationError
from bot.ops.postgres import database
from bot.security.keyring import WrongSecret, open_keys
from bot.settings import Settings


@contextmanager
def installation(settings: Settings) -> Iterator[str]:
    """The migrated database's address, good inside the block; what is sealed there can be read.

    Raises: OperationError.
    """
    secret_of(settings)
    with database(settings) as url:
        migrate(url)
        unlock(settings, url)
        yield url


def unlock(settings: Settings, url: str) -> None:
    """Make this process able to read what is sealed in a migrated database.

    Raises: OperationError.
    """
    try:
        open_keys(secret_of(settings), url)
    except WrongSecret:
        raise OperationError(
            "BINHYEN_SECRET_KEY không phải khóa của cơ sở dữ liệu này, nên không đọc được gì trong "
            "đó. Hãy đặt lại đúng khóa cũ; nếu vừa đổi khóa bằng binhyen keys rotate --master thì "
            "đặt khóa mới. Chưa có gì bị thay đổi."
        ) from None


def secret_of(settings: Settings) -> str:
    """Raises: OperationError, where none is set."""
    if settings.secret_key is None:
        raise OperationError("Chưa đặt BINHYEN_SECRET_KEY: dùng đúng khóa của binhyen serve.")
    return settings.secret_key.get_secret_value()
