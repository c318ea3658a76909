"""Small real pictures, and what phones write around them."""

from io import BytesIO
from typing import Any

from PIL import Image

from bot.channels.photos import clean

SECRET = b"MAYCHUPCUAANHBAY"
"""What a picture is to lose; it stands in each part that a file of its kind can hold."""


def picture(kind: str = "JPEG", size: tuple[int, int] = (32, 24), **options: Any) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """A device, and the place where a photo was taken."""
    data = Image.Exif()
    data[0x010F] = SECRET.decode()  # maker
    data[0x0112] = orientation
    data[0x8825] = {1: "N", 2: (11.0, 31.0, 52.0), 3: "E", 4: (106.0, 54.0, 7.0)}  # GPS
    return data


def _as_kept() -> bytes:
    content = picture()
    while (photo := clean(content)) and photo.content != content:
        content = photo.content
    return content


JPEG = _as_kept()
"""A photo that is clean already, so that cleaning it again changes nothing."""
