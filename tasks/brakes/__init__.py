"""Brakes: count what is decided and answered, stop what is not usual, and let a person release it."""
