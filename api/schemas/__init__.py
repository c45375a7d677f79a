"""What requests hold and answers say, one resource a file."""
