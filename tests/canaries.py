"""Words that stand nowhere else, and every way in which they could be written down."""

import base64
import json
import os
import random
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, quote_plus

from bot.libpq import connect, conninfo
from bot.nlu.text import strip_diacritics
from bot.ops.postgres import binaries

_FIRST = ("Đoằng", "Khuếch", "Xuyểnh", "Ngoẵm", "Thuỗng", "Quếnh", "Huyễm", "Loẵng", "Chuễnh")
_SECOND = ("Khoắm", "Nguểnh", "Đuềnh", "Troẵm", "Xoẳng", "Thoẻng", "Giuềm", "Bừu", "Rượng")
_LAST = ("Vàng", "Xanh", "Tía", "Trắng", "Nâu", "Đen", "Hồng", "Bạc")


def canary() -> str:
    """Three words in a row that nobody writes: another row each time."""
    pick = random.SystemRandom().choice
    return f"{pick(_FIRST)} {pick(_SECOND)} {pick(_FIRST)} {pick(_LAST)}"


def digits() -> str:
    """A made-up phone number."""
    return f"0900{random.SystemRandom().randrange(10**6):06}"


@dataclass(frozen=True)
class Canary:
    """`way`: how it came in, for whoever reads that it was found."""

    way: str
    text: str

    @cached_property
    def forms(self) -> frozenset[bytes]:
        """As bytes: with and without diacritics, in any case, any encoding a program may use."""
        plain = strip_diacritics(self.text)
        texts = {self.text, plain, plain.replace(" ", ""), plain.replace(" ", "-")}
        texts |= {text.lower() for text in texts} | {text.upper() for text in texts}
        texts |= {unicodedata.normalize("NFD", text) for text in texts}
        found: set[bytes] = set()
        for text in texts:
            found |= {quote(text).encode(), quote_plus(text).encode()}
            found.add(json.dumps(text)[1:-1].encode())
            for raw in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
                found |= {raw, raw.hex().encode(), raw.hex().upper().encode()}
                found |= set(_in_base64(raw))
        return frozenset(found)

    def within(self, content: bytes) -> bool:
        return any(form in content for form in self.forms)


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """What is the same wherever in a longer text it stands: three ways to fall on its letters."""
    for before in range(3):
        whole = (before + len(raw)) // 3 * 4  # letters that no byte behind it changes
        coded = base64.b64encode(b"\0" * before + raw)
        middle = coded[(0, 2, 3)[before] : whole]
        yield middle
        yield middle.replace(b"+", b"-").replace(b"/", b"_")


def found(canaries: Sequence[Canary], content: bytes, where: str) -> Iterator[str]:
    for each in canaries:
        if each.within(content):
            yield f"{each.way}: in {where}"


def in_files(canaries: Sequence[Canary], paths: Iterable[Path]) -> Iterator[str]:
    """Hundreds of forms of each in hundreds of megabytes: grep looks for all of them at once."""
    with tempfile.NamedTemporaryFile() as patterns:
        forms = {form for each in canaries for form in each.forms if b"\n" not in form}
        patterns.write(b"\n".join(forms))
        patterns.flush()
        command = ["xargs", "-0", "grep", "-alsF", "-f", patterns.name, "--"]
        names = b"\0".join(os.fsencode(path) for path in paths if str(path) != patterns.name)
        done = subprocess.run(
            command, input=names, capture_output=True, env=os.environ | {"LC_ALL": "C"}
        )
    assert done.stderr == b"", done.stderr[:500]
    for name in done.stdout.splitlines():
        path = Path(os.fsdecode(name))
        try:
            yield from found(canaries, path.read_bytes(), str(path))
        except OSError:  # gone meanwhile
            continue


class Flock:
    """Canaries as they are let in."""

    def __init__(self) -> None:
        self.all: list[Canary] = []

    def word(self, way: str) -> str:
        return self._note(way, canary())

    def number(self, way: str) -> str:
        return self._note(way, digits())

    def _note(self, way: str, text: str) -> str:
        self.all.append(Canary(way, text))
        return text


def dump(database_url: str) -> bytes:
    """Every row of every schema, as a thief of the database would have it."""
    with connect(database_url) as connection:
        connection.execute("CHECKPOINT")
    command = [binaries() / "pg_dump", conninfo(database_url)]
    done = subprocess.run(command, capture_output=True, check=True)
    for table in ("dbos.workflow_status", "public.report_events", "public.outbound"):
        assert f"COPY {table}".encode() in done.stdout
    return done.stdout
