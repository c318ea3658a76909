"""Every setting is described, and none is described that does not exist."""

import re

from bot.settings import PROJECT, Settings


def test_every_setting_is_in_the_documentation() -> None:
    table = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    described = {
        name.lower()
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([A-Z_]+)`", line.split("|")[1])
    }
    assert described == set(Settings.model_fields)
