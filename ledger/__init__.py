"""What is known and what was done. Functions over a connection; the caller says where a transaction begins and ends."""
