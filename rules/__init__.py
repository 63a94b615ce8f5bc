"""What may be done and why not: pure functions over frozen values. No clock, no I/O."""
