"""Requests for a review: decided, sent, reconciled, planned."""
