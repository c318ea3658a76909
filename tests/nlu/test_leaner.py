"""What Rasa leaves out (bot/nlu/leaner.py): a message is answered though none of it can be done."""

import json
import os
import subprocess

from bot.ops.environments import RASA
from bot.ops.model import TrainedModel
from bot.settings import PROJECT

ONE_MESSAGE = """
import asyncio, json, sys
from pathlib import Path

from bot.nlu.quiet import hush

hush()
import dask
import jsonschema
from rasa.core import processor
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.policies import rule_policy
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.utils import common
from rasa.utils.endpoints import EndpointConfig

from bot.nlu.leaner import leave_out_what_nobody_needs
from bot.nlu.serve import load

calls = []


async def action_server(self, **request):
    calls.append(request["json"])
    ends = {"event": "followup", "name": "action_listen"}
    return {"events": [ends], "responses": [{"text": "đã nhận"}]}


def never(*_, **__):
    raise AssertionError


async def main():
    leave_out_what_nobody_needs()
    agent = await load(Path(sys.argv[1]), AvailableEndpoints.read_endpoints("endpoints.yml"))
    EndpointConfig.request = action_server
    by_words = rule_policy.RulePolicy._prediction_states

    def by_intent(self, tracker, domain, use_text_for_last_user_input=False, **rest):
        assert not use_text_for_last_user_input
        return by_words(self, tracker, domain, use_text_for_last_user_input, **rest)

    rule_policy.RulePolicy._prediction_states = by_intent
    Event.resolve_by_type("followup", None)
    dask.get = jsonschema.validate = Domain.empty = common.all_subclasses = never
    output = CollectingOutputChannel()
    await agent.handle_message(UserMessage("cháy nhà rồi", output, "hai", metadata={"of": "1"}))
    copied = [m.copy.deepcopy(calls) is not calls for m in (processor, rule_policy)]
    print(json.dumps({"said": output.messages, "calls": calls, "copied": any(copied)}))


asyncio.run(main())
"""


def test_a_message_is_answered_without_it(model: TrainedModel) -> None:
    run = subprocess.run(
        [RASA.python, "-c", ONE_MESSAGE, model.path],
        cwd=PROJECT,
        env={**os.environ, "BINHYEN_ACTION_URL": "http://127.0.0.1:9/webhook"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    seen = json.loads(run.stdout.splitlines()[-1])
    assert [message["text"] for message in seen["said"]] == ["đã nhận"]
    assert not seen["copied"]
    [call] = seen["calls"]
    assert (call["domain"], call["next_action"]) == ({}, "action_take_report")
    tracker = call["tracker"]
    assert tracker.keys() == {"sender_id", "slots", "latest_message", "active_loop"}
    assert tracker["latest_message"]["metadata"] == {"of": "1"}
