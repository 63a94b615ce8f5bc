"""Moving in from another tool: what it asked is not asked again."""
