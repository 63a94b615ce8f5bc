"""Check: whether all that must be right before anything can be sent is right."""
