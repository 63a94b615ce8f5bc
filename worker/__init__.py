"""Who works, and when: the clock, the schedule, the wiring, Celery, the embedded worker and the command line."""
