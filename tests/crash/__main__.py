"""`python -m tests.crash --kills 50 --seed 7`: one storm, its table, and what it broke."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from bot.ops.model import ensure_model
from bot.security.vault import open_vault
from tests.conftest import MODEL_SETTINGS, SCRATCH
from tests.crash.account import table
from tests.crash.claims import broken
from tests.crash.storm import FAULTS, Plan, Storm, installation
from tests.service import SECRET_KEY

SECONDS_A_KILL = 7.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help=f"default: {SECONDS_A_KILL:.0f} a kill")
    parser.add_argument("--people", type=int, default=16, help="who write at the same time")
    parser.add_argument("--calm", action="store_true", help="the platforms do not fail")
    parser.add_argument("--keep", action="store_true", help="leave database and logs behind")
    given = parser.parse_args()
    seconds = given.seconds or SECONDS_A_KILL * given.kills
    plan = Plan(given.seed, given.kills, seconds, given.people, faults={} if given.calm else FAULTS)
    print(f"seed {plan.seed}, {plan.kills} kills", flush=True)
    open_vault(SECRET_KEY)
    ensure_model(MODEL_SETTINGS, print)
    home = Path(tempfile.mkdtemp(prefix="binhyen-crash-", dir=SCRATCH))
    with installation(home) as service:
        storm = Storm(service, plan)
        storm.rage()
    if given.keep:
        print(f"left behind: {home}")
    else:
        shutil.rmtree(home)
    print("\n".join(table(storm)))
    found = broken(storm.ledger)
    for sentence in found:
        print(f"- {sentence}")
    print(f"{len(found)} losses or other breaches")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
