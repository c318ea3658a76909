"""An attachment's address never leads into our own network, and a file never fills the memory."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from bot.channels.base import (
    MAX_FILE,
    DeliveryError,
    Permanent,
    RateLimited,
    Retryable,
    Unsupported,
)
from bot.channels.download import fetch_public
from bot.channels.http import new_client
from bot.channels.zalo_bot import ZaloBotChannel
from tests.channels.conftest import LONG, ZALO_BOT_SECRET
from tests.fakes import FakeZaloBot
from tests.fakes.server import Answer


class FileServer(FakeZaloBot):
    """Serves what each test puts into `answers`, by path."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []

    def route(self, path: str, headers: object) -> str | Answer:
        self.asked.append(path)
        return self.answers[path]


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as fake:
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client("http://127.0.0.1", LONG) as client:
        yield client


async def refusal(client: httpx.AsyncClient, url: str, *, allow_loopback: bool) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await fetch_public(client, url, allow_loopback=allow_loopback)
    return caught.value


async def test_a_photo_is_fetched_through_the_channel(
    zalo_bot: FakeZaloBot, zalo_bot_channel: ZaloBotChannel
) -> None:
    url = zalo_bot.add_file("anh.jpg", b"\xff\xd8\xff anh")
    fetched = await zalo_bot_channel.fetch(url)
    assert (fetched.content, fetched.mime) == (b"\xff\xd8\xff anh", "image/jpeg")


async def test_an_expired_link_is_gone(
    zalo_bot: FakeZaloBot, zalo_bot_channel: ZaloBotChannel
) -> None:
    with pytest.raises(Permanent, match="gone"):
        await zalo_bot_channel.fetch(f"{zalo_bot.url}/files/het-han.jpg")


async def test_with_the_real_platform_this_machine_is_out_of_bounds(server: FileServer) -> None:
    channel = ZaloBotChannel("1:a", ZALO_BOT_SECRET, "https://bot-api.zaloplatforms.com")
    with pytest.raises(Permanent, match="private_address"):
        await channel.fetch(f"{server.url}/anh.jpg")
    await channel.close()
    assert server.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",  # 127.0.0.1 as one number
        "0x7f.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # a cloud's own data
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
async def test_no_spelling_of_an_inner_address_is_fetched(
    client: httpx.AsyncClient, address: str
) -> None:
    error = await refusal(client, f"https://{address}/anh.jpg", allow_loopback=False)
    assert (type(error), error.code) == (Permanent, "private_address")


async def test_a_fake_platform_opens_this_machine_but_not_its_neighbours(
    client: httpx.AsyncClient,
) -> None:
    error = await refusal(client, "http://192.168.1.1/", allow_loopback=True)
    assert error.code == "private_address"


async def test_public_files_come_encrypted_or_not_at_all(client: httpx.AsyncClient) -> None:
    error = await refusal(client, "http://8.8.8.8/anh.jpg", allow_loopback=False)
    assert error.code == "not_https"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "anh.jpg",
        "file:///etc/passwd",
        "ftp://a.example/",
        "https://",
        "https://user:pass@a.example/",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a\x00b/",
    ],
)
async def test_what_is_no_web_address_is_refused(client: httpx.AsyncClient, url: str) -> None:
    error = await refusal(client, url, allow_loopback=True)
    assert (type(error), error.code) == (Permanent, "bad_address")


async def test_a_redirect_is_followed_and_checked_like_the_first_address(
    server: FileServer, client: httpx.AsyncClient
) -> None:
    server.answers = {
        "/a": Answer(b"", 302, headers={"Location": "/b"}),
        "/b": Answer(b"anh", 200, "image/png; charset=binary"),
        "/inside": Answer(b"", 301, headers={"Location": "http://10.0.0.1/"}),
        "/files": Answer(b"", 301, headers={"Location": "file:///etc/passwd"}),
        "/round": Answer(b"", 307, headers={"Location": "/round"}),
    }
    found = await fetch_public(client, f"{server.url}/a", allow_loopback=True)
    assert (found.content, found.mime) == (b"anh", "image/png")

    codes = {
        path: (await refusal(client, f"{server.url}{path}", allow_loopback=True)).code
        for path in ("/inside", "/files", "/round")
    }
    assert codes == {
        "/inside": "private_address",
        "/files": "bad_address",
        "/round": "too_many_redirects",
    }


async def test_no_more_than_the_limit_is_read(
    server: FileServer, client: httpx.AsyncClient
) -> None:
    server.answers = {
        "/fits": Answer(bytes(MAX_FILE), 200, "video/mp4"),
        "/over": Answer(bytes(MAX_FILE + 1), 200, "video/mp4"),
    }
    fits = await fetch_public(client, f"{server.url}/fits", allow_loopback=True)
    assert len(fits.content) == MAX_FILE
    error = await refusal(client, f"{server.url}/over", allow_loopback=True)
    assert (type(error), error.code) == (Unsupported, "file_too_big")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(429, RateLimited), (500, Retryable), (504, Retryable), (403, Permanent)],
)
async def test_what_a_refused_download_means(
    server: FileServer, client: httpx.AsyncClient, status: int, meaning: type[DeliveryError]
) -> None:
    server.answers = {"/a": Answer(b"", status, headers={"Retry-After": "4"})}
    error = await refusal(client, f"{server.url}/a", allow_loopback=True)
    assert type(error) is meaning


async def test_a_file_without_a_type_gets_one_from_its_name(
    server: FileServer, client: httpx.AsyncClient
) -> None:
    server.answers = {
        "/a.pdf": Answer(b"%PDF", 200, "application/octet-stream"),
        "/a": Answer(b"?", 200, ""),
    }
    pdf = await fetch_public(client, f"{server.url}/a.pdf", allow_loopback=True)
    other = await fetch_public(client, f"{server.url}/a", allow_loopback=True)
    assert (pdf.mime, other.mime) == ("application/pdf", "application/octet-stream")


async def test_a_name_that_does_not_resolve_is_tried_again_later(
    client: httpx.AsyncClient,
) -> None:
    error = await refusal(client, "https://khong-co.invalid/", allow_loopback=False)
    assert (type(error), error.code) == (Retryable, "unknown_host")
