"""What a worker does for one seller, as plain functions that know neither Celery nor the command line."""
