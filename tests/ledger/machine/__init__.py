"""A model-based test of the ledger: what workers, people and Amazon do, on the ledger and on a model beside it.

To be read in this order:

machine     what may happen, step by step, and what it must never lead to
stage       ledger and model side by side; what must hold after every step
workers     the transactions that a worker or a person commits
model       the ledger as plain Python
work        the two queues on which all this runs: requests for a review, and documents
amazon      what Amazon accepts, what its answers make of an item, and what a look at it shows
snapshot    all that a ledger says at one moment
races       the same machine, with two transactions at once

`test_ledger_machine.py` runs it on both queues and both databases; `test_ledger_mutants.py` shows that it finds bugs.
"""
