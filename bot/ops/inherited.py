"""What a child process gets of our environment: what is on a list, so never a secret by accident.

`/proc/<pid>/environ` shows a process all it was started with, and PostgreSQL shows its own to
whoever is superuser in it. So a key that an installer keeps in the environment stays with us.
"""

import os
from fnmatch import fnmatchcase

SYSTEM = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_*", "TZ", "TZDIR", "TMPDIR"),
    *("LD_LIBRARY_PATH", "LD_PRELOAD", "MALLOC_*"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONUNBUFFERED"),
)
"""Where things are, which language, and how memory is handed out."""

THREADS = ("OMP_*", "OPENBLAS_*", "MKL_*", "TF_*")
"""How many threads those who calculate may use."""

SPARING = {
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024),
}
"""Unless an installer says otherwise, for who serves. Several requests share the processor anyway,
and threads that wait for one another take a third more of it. Memory that is free again goes back
sooner, 50 MB in all: threads share two heaps, and glibc does not raise its limit of 128 KB (with
which it begins, but which it raises unless it is set)."""

NETWORK = ("*_PROXY", "*_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The way to the chat platforms."""

DATABASE = ("PG*",)
"""What libpq adds to the address of a database."""

GATEWAY_NAME = "DBOS__VMID"
"""The variable that says what a gateway is called among those that work (bot/takeover.py);
DBOS reads it, too."""


def inherited(*patterns: str) -> dict[str, str]:
    """Of our environment what `SYSTEM` and `patterns` name; of nobody else's settings any."""
    wanted = (*SYSTEM, *patterns)
    return {k: v for k, v in os.environ.items() if any(fnmatchcase(k, p) for p in wanted)}
