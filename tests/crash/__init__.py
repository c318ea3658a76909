"""Storms: thousands of messages while processes are killed and platforms fail, then an accounting.

    python -m tests.crash --kills 50 --seed 7

script.py     what residents write, and what must come of each line
senders.py    platforms that repeat what was not answered with 200, and the web page
killer.py     SIGKILL to gateway, Rasa, action server, PostgreSQL
storm.py      all of it at once, until everything is settled
ledger.py     what was accepted, what arrived, what PostgreSQL holds: read with plain SQL
claims.py     what must be true of a ledger
"""
