"""Invoices and credit notes: decided, made, sent, followed until Amazon has them; shown, exported, sent again."""
