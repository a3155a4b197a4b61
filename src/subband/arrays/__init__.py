"""Which array library an array is of, and what differs between them."""
