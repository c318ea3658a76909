"""Has Rasa leave out what it does with every message and nobody needs here.

Together it is nearly a third of what Rasa does for a message in private, HTTP aside. Each is put in
place of something that Rasa 3.6 does for every assistant: tests/nlu/test_leaner.py shows that a
message is answered without it.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasa.core.actions.action import RemoteAction
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.core.processor import MessageProcessor
    from rasa.engine.graph import GraphSchema
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.trackers import DialogueStateTracker


def leave_out_what_nobody_needs() -> None:
    """For the whole process; before it loads a model."""
    send_what_actions_read()
    trust_the_action_server()
    trust_the_model()
    copy_nothing_for_the_log()
    know_events_by_their_names()
    look_for_rules_once()
    run_nodes_in_order()


def send_what_actions_read() -> None:
    """Not the domain, and not what was said once more among the events: seven kilobytes. Without a
    `domain` rasa-sdk refuses, an empty one will do."""
    import rasa
    from rasa.core.actions.action import RemoteAction

    def call(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        loop = tracker.active_loop
        return {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": {
                "sender_id": tracker.sender_id,
                "slots": tracker.current_slot_values(),
                "latest_message": tracker._latest_message_data(),
                "active_loop": {"name": loop.name} if loop else {},
            },
            "domain": {},
            "version": rasa.__version__,
        }

    RemoteAction._action_call_format = call


def trust_the_action_server() -> None:
    """It is ours and of the same release, and rasa-sdk has checked what it sends. What is not as it
    should be fails where it is read; the schema took 0.4 ms, made anew each time 30."""
    from rasa.core.actions.action import RemoteAction

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        return True

    RemoteAction._validate_action_result = validate


def trust_the_model() -> None:
    """It was trained with its domain, so it names nothing else. To see whether there is a domain,
    Rasa makes an empty one and compares."""
    from rasa.core.processor import MessageProcessor

    def check(self: MessageProcessor, parse_data: dict[str, Any]) -> None:
        pass

    MessageProcessor._check_for_unseen_features = check


def copy_nothing_for_the_log() -> None:
    """Rasa copies deeply whatever its debug log may want, and that log stays closed (quiet.py)."""
    from rasa.core import processor
    from rasa.core.policies import rule_policy

    for module in (processor, rule_policy):
        module.copy = _Shallow


class _Shallow:
    """In place of the module `copy`, where only the log asks for it."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(value: Any) -> Any:
        return value


def know_events_by_their_names() -> None:
    """Rasa goes through all subclasses of its event for each that an action returns."""
    from rasa.shared.core.events import Event

    Event.resolve_by_type = staticmethod(cache(Event.resolve_by_type))


def look_for_rules_once() -> None:
    """Rasa first looks for a rule that quotes a person's own words; ours go by the intent. Within
    a form that look also tells whether it was interrupted, and is left alone."""
    from rasa.core.policies.rule_policy import RulePolicy

    by_words_too = RulePolicy._find_action_from_rules

    def find(
        self: RulePolicy,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool,
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and tracker.active_loop_name is None:
            return None, None, False
        found: tuple[str | None, str | None, bool] = by_words_too(
            self, tracker, domain, use_text_for_last_user_input
        )
        return found

    RulePolicy._find_action_from_rules = find


def run_nodes_in_order() -> None:
    """A graph's nodes one after the other, in an order found once: dask plans each run anew."""
    from rasa.engine.runner.dask import DaskGraphRunner

    def run(
        self: DaskGraphRunner,
        inputs: dict[str, Any] | None = None,
        targets: list[str] | None = None,
    ) -> dict[str, Any]:
        schema, wanted = self._graph_schema, tuple(targets or self._graph_schema.target_names)
        orders: dict[tuple[str, ...], list[str]] = self.__dict__.setdefault("orders", {})
        if wanted not in orders:
            orders[wanted] = _order(schema, wanted)
        done = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in orders[wanted]:
            needed = (done[each] for each in schema.nodes[name].needs.values())
            done[name] = self._instantiated_nodes[name](*needed)
        return {name: done[name][1] for name in wanted}

    DaskGraphRunner.run = run


def _order(schema: GraphSchema, wanted: tuple[str, ...]) -> list[str]:
    """The nodes that `wanted` need, each after those it needs itself."""
    order: dict[str, None] = {}

    def put(name: str) -> None:
        if name in order or name not in schema.nodes:  # an input is no node
            return
        for needed in schema.nodes[name].needs.values():
            put(needed)
        order[name] = None

    for name in wanted:
        put(name)
    return list(order)
