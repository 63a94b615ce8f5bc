"""The outside world, behind one port."""
