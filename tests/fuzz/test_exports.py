"""Whatever somebody typed, a file that is exported holds it as text and as nothing else."""

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.base import ChatKind
from bot.procedures.exporting import WIDTH, _Dumper
from bot.reports.corrections import Candidate, as_yaml
from bot.reports.learning import Reading, masked
from bot.triage.understanding import Category

READING = Reading(Category.DISPUTE, sensitive=False, urgent=False)

hostile = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(
        [
            *("=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "- intent: x", "nlu:"),
            *(
                "examples: |",
                "  - a",
                "[a](b)",
                "[a]{x}",
                "/restart",
                "{{7*7}}",
                "!!python/name:os",
            ),
            *("\n", "\x85", "\u2028", "\x00", "\ud800", "\u202e", "#", ": ", "'", '"', "---", " "),
        ]
    )
).map("".join)


@settings(deadline=None)
@given(hostile)
@example("=1+1\x85- intent: police_conduct\u2028  examples: |")
def test_what_officers_let_it_learn_stays_one_line_of_one_example(words: str) -> None:
    text = masked(words)
    if not text:
        return
    file = as_yaml([Candidate(text, ChatKind.PRIVATE, READING)])
    file.encode()
    [block] = yaml.safe_load(file)["nlu"]
    assert block["intent"] == "dispute"
    assert block["examples"].rstrip("\n") == f"- {text}"
    assert not text.startswith("/")
    assert "](" not in text
    assert "]{" not in text


@settings(deadline=None)
@given(
    (hostile | st.text(min_size=WIDTH)).map(lambda text: text.encode("utf-8", "ignore").decode())
)
def test_an_answer_on_a_procedure_is_written_as_it_is(words: str) -> None:
    data = [{"name": words, "answer": words}]
    written = yaml.dump(data, Dumper=_Dumper, width=WIDTH, allow_unicode=True, sort_keys=False)
    assert yaml.safe_load(written) == data
