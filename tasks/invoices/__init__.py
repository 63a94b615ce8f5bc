"""The invoices of one seller: decided, made, sent, followed until Amazon has accepted them."""
