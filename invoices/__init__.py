"""What an invoice says, and how it becomes a document: pure values in, bytes out."""
