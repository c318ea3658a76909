"""Every dialogue of *.yml through the whole stack, on every channel it is written for.

The channels of one dialogue are played at the same time: they meet nowhere but in the service.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from bot.nlu.text import strip_diacritics
from tests.dialogues.people import CHANNELS
from tests.dialogues.script import Dialogue, dialogues
from tests.dialogues.stage import USERNAMES, WORDING, Stage
from tests.e2e.officers import Console
from tests.service import RunningService

DIALOGUES = dialogues()


@pytest.fixture(scope="module")
def desks(running_service: RunningService) -> Iterator[dict[str, Console]]:
    """The officers at their desks."""
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(Console(running_service, username))
            for role, username in USERNAMES.items()
        }


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda each: strip_diacritics(str(each)))
def test_dialogue(
    running_service: RunningService, desks: dict[str, Console], dialogue: Dialogue
) -> None:
    with ThreadPoolExecutor() as threads:
        stages = [Stage(running_service, desks, dialogue, channel) for channel in dialogue.channels]
        ends = {stage.channel: threads.submit(stage.play) for stage in stages}
    failures = {channel: error for channel, end in ends.items() if (error := end.exception())}
    for error in failures.values():
        if not isinstance(error, AssertionError):
            raise error
    assert not failures, _told(failures)


def _told(failures: dict[str, BaseException]) -> str:
    """What went wrong, told once where it went wrong alike on several channels."""
    alike: dict[str, list[str]] = defaultdict(list)
    for channel, error in failures.items():
        alike[re.sub(r"PA-\w{5}", "PA-…", str(error))].append(channel)
    return "\n".join(f"[{', '.join(channels)}] {error}" for error, channels in alike.items())


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_has_dialogues_enough(channel: str) -> None:
    assert sum(channel in dialogue.channels for dialogue in DIALOGUES) >= 40


def test_every_phrase_that_a_dialogue_names_is_there() -> None:
    named = {
        key
        for dialogue in DIALOGUES
        for step in dialogue.steps
        for wanted in (step.hears, step.group_hears, step.officer_hears)
        if not isinstance(wanted, str)
        for each in wanted or ()
        for key in (each.phrase, each.lacks_phrase)
        if key
    }
    assert named - set(WORDING) == set()
