"""Everything the assistant says, from nlu_data/phrases.yml, and Vietnamese names of things."""

from functools import cache

import yaml

from bot.settings import PROJECT
from bot.triage.understanding import Category

PHRASES = PROJECT / "nlu_data" / "phrases.yml"

CATEGORY_NAMES = {
    Category.SECURITY_ORDER: "An ninh, trật tự",
    Category.CRIME_INCIDENT: "Tội phạm, tai nạn, cháy nổ",
    Category.DISPUTE: "Mâu thuẫn trong dân",
    Category.POLICE_CONDUCT: "Ý kiến về Công an xã",
    Category.OTHER_SECURITY: "Việc khác về an ninh, an toàn",
    Category.PROCEDURE_QUESTION: "Hỏi thủ tục",
    Category.BOT_REQUEST: "Xin gặp cán bộ",
    Category.SMALL_TALK: "Trò chuyện",
}


@cache
def _phrases() -> dict[str, str]:
    with PHRASES.open(encoding="utf-8") as file:
        return {str(k): str(v) for k, v in yaml.safe_load(file).items()}


def say(key: str, **values: str) -> str:
    """The phrase, filled in. Raises: KeyError when the phrase or a value of it is missing."""
    return _phrases()[key].format(**values).strip()


def part(key: str, **values: str) -> str:
    """A piece of a sentence: as `say`, with its spaces kept."""
    return _phrases()[key].format(**values)
