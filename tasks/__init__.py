"""The verbs, as plain functions: what a worker does for one seller, whoever rings."""
