"""Every benchmark begins: nothing that it needs has gone since it was run last."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

import benchmarks

MODULES = [each.name for each in walk_packages(benchmarks.__path__, "benchmarks.")]


@pytest.mark.parametrize("name", [name for name in MODULES if "rasa_init" not in name])
def test_it_can_be_imported(name: str) -> None:
    import_module(name)
