"""What may be done and why not: pure functions over frozen dataclasses. No clock, no I/O."""
