"""Chat platforms that run on this machine, for tests that use the real clients.

    with FakeTelegram() as telegram:
        channel = TelegramChannel(telegram.token, "secret", telegram.url)
        ...
        assert telegram.sent("-1001") == ["Đã chuyển vào kênh riêng"]

Each answers as the real platform does, records every call in order (`calls`, `sent`, `deleted`)
and fails when it is told to (`fail_next`).
"""

from tests.fakes.server import Call, FakePlatform
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOA

__all__ = ["Call", "FakePlatform", "FakeTelegram", "FakeZaloBot", "FakeZaloOA"]
