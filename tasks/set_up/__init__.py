"""Setting a shop up: what is known of it in the files, and how each step is written there."""
