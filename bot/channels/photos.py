"""Photos without what they tell beside the picture: where and when they were taken, with which
device and by whom.

A photo is decoded and written anew, turned as its camera was held, so nothing that stood around the
picture comes along: EXIF with its position, XMP, comments, colour profiles, hidden further
pictures, films behind the end. A file that is not what it looks like is never written anew.

Decoders are large programs in C, and anybody may send them a file. So strangers' files are decoded
in a process of their own, which has no secret in its environment and no more memory and time than a
photo needs; what makes a decoder crash ends that process and nothing else. What was written anew is
ours, and is made small for a page in this process.

    python -I -m bot.channels.photos < file > type, line end, photo
"""

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pi_heif
import structlog
from PIL import Image, ImageOps, ImageSequence

from bot.channels.base import MAX_FILE

log = structlog.get_logger()

MAX_PIXELS = 25_000_000
"""Of one picture. A larger JPEG is read at a half, a quarter or an eighth; others are refused."""

MAX_MOVING_PIXELS = 4 * MAX_PIXELS
"""Of all frames of a picture that moves."""

MAX_FRAMES = 500

MEMORY = 2 * 1024**3
"""Bytes that a decoding process may ask for; moving pictures of the largest size took 0.9 GB."""

WRITTEN = 4 * MAX_FILE
"""Bytes of what a decoding process may hand back."""

SECONDS = 30
"""Of the processor, for one file; moving pictures of the largest size took 2 to 7."""

PATIENCE = 45
"""Seconds that are waited for it; a proxy waits longer (deploy/nginx.conf)."""

QUALITY = 88
THUMBNAIL = 320
"""Pixels of its longer side."""

_WRITTEN_AS = {
    "JPEG": "JPEG",
    "MPO": "JPEG",
    "HEIF": "JPEG",  # few browsers show it
    "AVIF": "JPEG",
    "PNG": "PNG",
    "WEBP": "WEBP",
    "GIF": "GIF",
}
_READ = [kind for kind in _WRITTEN_AS if kind != "MPO"]  # Pillow finds that out by itself
_MIMES = {mime.encode(): mime for mime in ("image/jpeg", "image/png", "image/webp", "image/gif")}
_MOVING = frozenset({"PNG", "WEBP", "GIF"})
_DECODER = [sys.executable, "-I", "-m", "bot.channels.photos"]
_THREAD = ThreadPoolExecutor(1, "photos")  # one at a time: a large one takes 200 MB
_THUMBNAILS = ThreadPoolExecutor(1, "thumbnails")

pi_heif.register_heif_opener(thumbnails=False)


class TooLarge(ValueError):
    """More pixels than are decoded for anybody."""


@dataclass(frozen=True, slots=True, repr=False)
class Photo:
    mime: str
    content: bytes


async def cleaned(content: bytes) -> Photo | None:
    """The photo alone; None when it cannot be read, is too large, or more than a decoder stands."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, _cleaned_apart, content)


async def thumbnail(content: bytes) -> bytes | None:
    """A small JPEG of a photo that `cleaned` wrote, in a thread; None when it cannot be read."""
    return await asyncio.get_running_loop().run_in_executor(_THUMBNAILS, _thumbnail, content)


def _cleaned_apart(content: bytes) -> Photo | None:
    """`clean`, in a process of its own."""
    try:
        with open(os.memfd_create("photo"), "w+b") as out:
            subprocess.run(
                _DECODER,
                input=content,
                stdout=out,
                stderr=subprocess.DEVNULL,  # a traceback may hold what is in the file
                env={},
                timeout=PATIENCE,
                check=True,
                process_group=0,  # Ctrl+C in a terminal is not meant for it
            )
            out.seek(0)
            mime, _, photo = out.read(WRITTEN).partition(b"\n")
    except (OSError, subprocess.SubprocessError) as e:
        log.warning("photo not decoded", kind=type(e).__name__, code=getattr(e, "returncode", None))
        return None
    return Photo(kind, photo) if (kind := _MIMES.get(mime)) and photo else None


def decode() -> None:
    """The decoding process: a file on standard input, the photo on standard output, or nothing.

    Should whoever waits for it die, it goes on to its end, which is near.
    """
    os.nice(5)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    if photo := clean(sys.stdin.buffer.read()):
        sys.stdout.buffer.write(photo.mime.encode() + b"\n" + photo.content)


def clean(content: bytes) -> Photo | None:
    """The photo alone, in this process; None when it cannot be read or is too large."""
    if len(content) > MAX_FILE:
        return None
    try:
        with _opened(content) as image:
            kind = _WRITTEN_AS[image.format or ""]
            if kind in _MOVING and getattr(image, "is_animated", False):
                return _moving(image, kind)
            return _written(_bare(ImageOps.exif_transpose(image)), kind)
    except Exception:  # decoders raise anything over a broken or hostile file
        return None


def _thumbnail(content: bytes) -> bytes | None:
    try:
        with _opened(content) as image:
            image.draft(image.mode, (THUMBNAIL, THUMBNAIL))
            small = _bare(image)
            small.thumbnail((THUMBNAIL, THUMBNAIL))
            return _written(small, "JPEG").content
    except Exception:
        return None


def _opened(content: bytes) -> Image.Image:
    """The picture, not decoded yet. Raises: TooLarge, and whatever Pillow raises."""
    image: Image.Image = Image.open(BytesIO(content), formats=_READ)
    part = next((p for p in (1, 2, 4) if _pixels(image) <= MAX_PIXELS * p * p), 8)
    if part > 1:
        image.draft(image.mode, (image.width // part, image.height // part))
    if _pixels(image) > MAX_PIXELS:
        raise TooLarge
    return image


def _moving(image: Image.Image, kind: str) -> Photo:
    durations: list[int] = []
    frames = list(_frames(image, durations))
    loop = {"loop": image.info["loop"]} if "loop" in image.info else {}
    more = {"save_all": True, "append_images": frames[1:], "duration": durations, **loop}
    return _written(frames[0], kind, **more)


def _frames(image: Image.Image, durations: list[int]) -> Iterator[Image.Image]:
    most = min(MAX_FRAMES, MAX_MOVING_PIXELS // _pixels(image))
    for number, frame in enumerate(ImageSequence.Iterator(image)):
        if number == most:
            raise TooLarge
        frame.load()
        durations.append(int(frame.info.get("duration", 100)))
        yield _bare(frame)


def _bare(image: Image.Image) -> Image.Image:
    """The picture in one of three modes, and nothing with it."""
    clear = image.has_transparency_data
    bare = image.convert("RGBA" if clear else "L" if image.mode in ("1", "L") else "RGB")
    bare.info.clear()
    return bare


def _written(image: Image.Image, kind: str, **options: Any) -> Photo:
    if kind == "JPEG" and image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image).convert("RGB")
    if kind in ("JPEG", "WEBP"):
        options["quality"] = QUALITY
    out = BytesIO()
    image.save(out, kind, **options)
    return Photo(Image.MIME[kind], out.getvalue())


def _pixels(image: Image.Image) -> int:
    return image.width * image.height


if __name__ == "__main__":
    decode()
