"""Celery's settings, each with its reason. What a setting cannot say is in docs/architecture.md, under Celery."""

from celery.schedules import schedule

from worker.clock import steady_now
from worker.schedule import SCHEDULE

# Messages: JSON and nothing else, remote control included: whoever can write to Redis must not be able to run code.
accept_content = ["json"]
task_serializer = "json"
event_serializer = "json"
task_ignore_result = True  # the ledger is the result: there is no result backend

# Delivery: a message is a doorbell, and one that is lost costs one tick.
task_acks_late = False  # nothing is acknowledged at all: worker/broker.py
worker_consumer = "worker.broker:Consumer"  # says in one line what is wrong with a message
worker_direct = True  # a queue of each worker's own beside the common one, for tasks.heartbeat

# Work: threads, because lanes wait for Amazon nearly all of the time.
worker_pool = "worker.broker:Threads"  # a message is fetched when one is free: for minutes, others may be idle
worker_concurrency = 64  # sellers at full rate; start two processes for each core. A thread is only made when needed
# Celery's time limits do nothing to threads. What limits a turn: the time-outs of the HTTP client for each call,
# tasks.turn.TURN for all, and the lane's lease, which is longer than a turn and its last call together.
task_time_limit = None
task_soft_time_limit = None
worker_soft_shutdown_timeout = 0  # SIGTERM alone lets the calls in flight end; a thread can't be cut short anyway

# Connection: a worker never ends because Redis did.
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
worker_cancel_long_running_tasks_on_connection_loss = True  # only those acknowledged late: none, and no warning
broker_transport_options = {
    "socket_keepalive": True,
    "socket_timeout": 30,  # a connection that was cut without a word is noticed
    "max_connections": 64,  # a thread that rings has its own: more than threads, and a few for Celery itself
}

# Remote control answers `celery inspect ping`; what else workers tell each other is left out, in worker/celery.py.
worker_enable_remote_control = True
beat_enable_remote_control = True

worker_hijack_root_logger = False  # logs are ours: worker/logs.py
worker_redirect_stdouts = False
timezone = "UTC"
enable_utc = True
beat_scheduler = "worker.broker:Scheduler"  # in memory, as its start rings for everything: there is nothing to keep
beat_schedule = {
    tick.task: {
        "task": f"tasks.{tick.task}",
        "schedule": schedule(tick.every, nowfun=steady_now),  # a clock that is set back by a day silences no beat
        "last_run_at": steady_now() - tick.every,  # rung at the start: a beat that is often restarted rings, too
        "options": {"expires": tick.every.total_seconds()},  # a late tick is worthless: the next one is there
    }
    for tick in SCHEDULE
}
