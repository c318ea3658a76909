"""Photos lose everything but the picture."""

import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from structlog.testing import capture_logs

from bot.channels import photos
from bot.channels.photos import THUMBNAIL, clean, cleaned, thumbnail
from tests.pictures import JPEG, SECRET, exif, picture

HEIC = Path(__file__).parents[1] / "payloads" / "photo.heic"
XMP = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"


def texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return info


TELLING = {
    "JPEG": picture("JPEG", exif=exif(), xmp=XMP, comment=SECRET, icc_profile=SECRET * 20),
    "PNG": picture("PNG", exif=exif(), pnginfo=texts(), icc_profile=SECRET * 20),
    "WEBP": picture("WEBP", exif=exif().tobytes(), xmp=XMP, icc_profile=SECRET * 20),
    "GIF": picture("GIF", comment=SECRET),
    "AVIF": picture("AVIF", exif=exif().tobytes(), xmp=XMP),
    "film behind the end": picture("JPEG", exif=exif()) + b"ftypmp42" + SECRET,
    "two pictures": picture(
        "MPO", exif=exif(), save_all=True, append_images=[Image.new("RGB", (32, 24))]
    ),
}


def opened(content: bytes) -> Image.Image:
    image: Image.Image = Image.open(BytesIO(content))
    image.load()
    return image


def colours(image: Image.Image) -> tuple[str, str]:
    """What is seen on the left and on the right."""

    def name(x: int) -> str:
        pixel = image.convert("RGB").getpixel((x, image.height // 2))
        assert isinstance(pixel, tuple)
        red, _, blue = pixel
        return "red" if red > blue + 100 else "blue" if blue > red + 100 else "neither"

    return name(2), name(image.width - 3)


@pytest.mark.parametrize("content", TELLING.values(), ids=TELLING)
def test_nothing_but_the_picture_is_left(content: bytes) -> None:
    assert SECRET in content or b"Exif" in content
    photo = clean(content)
    assert photo
    assert SECRET not in photo.content
    image = opened(photo.content)
    assert not image.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile", "Author"} & set(image.info)
    assert (image.size, colours(image)) == ((32, 24), ("red", "blue"))
    assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("AVIF", "image/jpeg"),
        ("MPO", "image/jpeg"),
    ],
)
def test_a_photo_stays_of_its_kind_where_browsers_show_it(kind: str, mime: str) -> None:
    photo = clean(picture(kind))
    assert photo
    assert photo.mime == mime


def test_an_iphones_photo_becomes_one_that_browsers_show() -> None:
    content = HEIC.read_bytes()
    assert b"MAYCHUPBIMAT" in content
    photo = clean(content)
    assert photo
    assert photo.mime == "image/jpeg"
    assert b"MAYCHUPBIMAT" not in photo.content
    assert opened(photo.content).size == (64, 48)


@pytest.mark.parametrize(
    ("orientation", "size", "seen"),
    [(1, (32, 24), ("red", "blue")), (3, (32, 24), ("blue", "red")), (6, (24, 32), None)],
)
def test_it_is_turned_as_the_camera_was_held(
    orientation: int, size: tuple[int, int], seen: tuple[str, str] | None
) -> None:
    photo = clean(picture("JPEG", exif=exif(orientation)))
    assert photo
    image = opened(photo.content)
    assert image.size == size
    assert seen is None or colours(image) == seen


def moving(kind: str, frames: int = 3, size: tuple[int, int] = (20, 20)) -> bytes:
    images = [Image.new("RGB", size, (50 * n % 256, 9, 9)) for n in range(frames)]
    out = BytesIO()
    images[0].save(
        out, kind, save_all=True, append_images=images[1:], duration=[70] * frames, loop=0
    )
    return out.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_goes_on_moving(kind: str) -> None:
    photo = clean(moving(kind))
    assert photo
    image = opened(photo.content)
    assert getattr(image, "n_frames", 1) == 3
    assert image.info["duration"] == 70


def test_a_picture_with_holes_keeps_them() -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "PNG")
    photo = clean(out.getvalue())
    assert photo
    assert opened(photo.content).getpixel((1, 1)) == (255, 0, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_pictures_of_every_make_are_read(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (9, 9)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert clean(out.getvalue())


def png_that_says(width: int, height: int) -> bytes:
    """Few bytes that claim to be a picture of this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(b"\0" * 1000)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0" + b"no photo" * 50,
        picture()[:400],
        picture("PNG")[:-30],
        b"GIF89a" + b"\xff" * 60,
        b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\0" * 40,
        b"\0\0\0\x18ftypheic" + b"\0" * 200,
        HEIC.read_bytes()[:500],
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"II*\0" + b"\0" * 90,
        png_that_says(8, 8) + b"0" * photos.MAX_FILE,
    ],
)
def test_what_is_broken_or_of_another_kind_is_not_written_anew(content: bytes) -> None:
    assert clean(content) is None


@pytest.mark.parametrize("size", [(6_000, 6_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_small_file_that_would_unpack_to_a_huge_picture_is_refused(
    size: tuple[int, int],
) -> None:
    assert clean(png_that_says(*size)) is None


def test_a_picture_of_endless_frames_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clean(moving("GIF", frames=5))
    monkeypatch.setattr(photos, "MAX_FRAMES", 4)
    assert clean(moving("GIF", frames=5)) is None
    monkeypatch.setattr(photos, "MAX_FRAMES", 9)
    monkeypatch.setattr(photos, "MAX_MOVING_PIXELS", 4 * 20 * 20)
    assert clean(moving("GIF", frames=5)) is None


def test_a_photo_of_very_many_pixels_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_PIXELS", 200 * 150)
    photo = clean(picture("JPEG", (800, 600)))
    assert photo
    assert opened(photo.content).size == (200, 150)
    assert clean(picture("JPEG", (3200, 2400))) is None


@given(st.binary(max_size=300), st.integers(0, 700), st.integers(0, 255))
def test_no_file_makes_trouble(content: bytes, place: int, byte: int) -> None:
    clean(content)
    broken = bytearray(JPEG)
    broken[place % len(broken)] = byte
    clean(bytes(broken))


async def test_a_thumbnail_is_small_and_tells_no_more() -> None:
    small = await thumbnail(picture("JPEG", (1600, 1200), exif=exif(), comment=SECRET))
    assert small
    assert max(opened(small).size) == THUMBNAIL
    assert SECRET not in small
    assert await thumbnail(b"no picture") is None


@pytest.mark.parametrize("content", [JPEG, picture("PNG"), HEIC.read_bytes(), moving("GIF")])
async def test_a_strangers_file_is_decoded_in_a_process_of_its_own_all_the_same(
    content: bytes,
) -> None:
    photo = await cleaned(content)
    assert photo
    assert photo == clean(content)


async def test_a_file_that_is_no_picture_comes_back_as_none() -> None:
    assert await cleaned(b"\xff\xd8\xff\xe0" + b"no photo" * 50) is None


def decoder_that(monkeypatch: pytest.MonkeyPatch, does: str, seconds: int = 20) -> None:
    """Decoding does this, with its limits set, before it comes to a good end."""
    photo = "photos.Photo('image/png', repr(dict(os.environ)).encode())"
    clean = f"lambda _: ({does}, {photo})[1]"
    program = "import ctypes, os, time\nfrom bot.channels import photos\n"
    program += f"photos.SECONDS = {seconds}\nphotos.clean = {clean}\nphotos.decode()"
    monkeypatch.setattr(photos, "_DECODER", [sys.executable, "-I", "-c", program])


@pytest.mark.parametrize(
    "does",
    [
        "ctypes.string_at(0)",
        "os.abort()",
        "bytearray(photos.MEMORY)",
    ],
    ids=["segmentation fault", "abort", "memory without end"],
)
async def test_what_a_decoder_does_not_stand_is_no_photo_and_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    decoder_that(monkeypatch, does)
    assert await cleaned(JPEG) is None


async def test_a_decoder_that_works_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder_that(monkeypatch, "[... for _ in iter(int, 1)]", seconds=1)
    monkeypatch.setattr(photos, "PATIENCE", 600)
    assert await cleaned(JPEG) is None


async def test_a_decoder_that_waits_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder_that(monkeypatch, "time.sleep(600)")
    monkeypatch.setattr(photos, "PATIENCE", 1)
    assert await cleaned(JPEG) is None


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "\xff"])
async def test_a_decoder_that_was_broken_into_names_no_other_kind(
    monkeypatch: pytest.MonkeyPatch, mime: str
) -> None:
    decoder_that(monkeypatch, f"print({mime!r} + chr(10) + 'x', flush=True)")
    assert await cleaned(JPEG) is None


async def test_it_hands_back_no_more_than_a_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder_that(monkeypatch, "print('image/png', 'x' * photos.WRITTEN, sep=chr(10), flush=True)")
    assert await cleaned(JPEG) is None


async def test_a_decoder_that_is_not_there_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "_DECODER", ["/nowhere/python"])
    with capture_logs() as logs:
        assert await cleaned(JPEG) is None
    assert [(line["event"], line["kind"]) for line in logs] == [
        ("photo not decoded", "FileNotFoundError")
    ]


async def test_a_decoder_knows_nothing_that_it_could_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BINHYEN_SECRET_KEY", SECRET.decode())
    decoder_that(monkeypatch, "None")
    told = await cleaned(JPEG)
    assert told
    assert SECRET not in told.content
