"""What residents ask and other offices do (nlu_data/elsewhere.yml): known, so that it is not taken
for the procedure that sounds most like it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import yaml

from bot.settings import PROJECT

FILE = PROJECT / "nlu_data" / "elsewhere.yml"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    subject: str
    questions: tuple[str, ...]


@cache
def elsewhere() -> Sequence[Elsewhere]:
    """By subject, in the order of the file."""
    subjects = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(Elsewhere(each["subject"], tuple(each["questions"])) for each in subjects)
