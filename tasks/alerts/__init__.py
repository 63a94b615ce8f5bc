"""Alerts: what is wrong, told once a day and once when it is over; and the daily digest."""
