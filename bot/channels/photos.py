"""Photos without what they tell beside the picture: where and when they were taken, with which
device and by whom.

A photo is decoded and written anew, turned as its camera was held, so nothing that stood around the
picture comes along: EXIF with its position, XMP, comments, colour profiles, hidden further
pictures, films behind the end. A file that is not what it looks like is never written anew.

Decoders are large programs in C, and anybody may send them a file. So strangers' files are decoded
in a process of their own, which has no secret and no more memory and time than a photo needs; what
makes a decoder crash ends that process and nothing else.

    python -I -m bot.channels.photos < file > type, line end, photo
"""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pi_heif
from PIL import Image, ImageOps, ImageSequence

from bot.channels.base import MAX_FILE

MAX_PIXELS = 25_000_000
"""Of one picture. A larger JPEG is read at a half, a quarter or an eighth; others are refused."""

MAX_MOVING_PIXELS = 4 * MAX_PIXELS
"""Of all frames of a picture that moves."""

MAX_FRAMES = 500
MEMORY = 2 * 1024**3
"""Bytes that a decoding process may ask for; a moving picture of the largest size takes 800 MB."""

SECONDS = 60
"""Of the processor, for one file."""

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
_MOVING = frozenset({"PNG", "WEBP", "GIF"})
_THREAD = ThreadPoolExecutor(1, "photos")  # one at a time: a large one takes 200 MB
_DECODER = [sys.executable, "-I", "-m", "bot.channels.photos"]
_ENDED_BY_OTHERS = {-signal.SIGKILL, -signal.SIGTERM}

pi_heif.register_heif_opener(thumbnails=False)


class TooLarge(ValueError):
    """More pixels than are decoded for anybody."""


class Interrupted(RuntimeError):
    """The decoding process was ended from outside; nothing is known of the file."""


@dataclass(frozen=True, slots=True, repr=False)
class Photo:
    mime: str
    content: bytes


async def cleaned(content: bytes) -> Photo | None:
    """The photo alone; None when it cannot be read, is too large, or is more than a decoder stands.

    Raises: Interrupted, OSError when no process can be started; to be tried again.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREAD, _cleaned_apart, content)


async def thumbnail(content: bytes) -> bytes | None:
    """A small JPEG of a photo that `cleaned` wrote, in a thread; None when it cannot be read."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, _thumbnail, content)


def _cleaned_apart(content: bytes) -> Photo | None:
    """`clean`, in a process of its own."""
    try:
        done = subprocess.run(
            _DECODER,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may hold what is in the file
            env={},
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode in _ENDED_BY_OTHERS:
        raise Interrupted
    mime, _, photo = done.stdout.partition(b"\n")
    return Photo(mime.decode(), photo) if done.returncode == 0 and photo else None


def decode() -> None:
    """The decoding process: a file on standard input, the photo on standard output, or nothing."""
    os.nice(5)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
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
