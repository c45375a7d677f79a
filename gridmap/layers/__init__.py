"""Files in, clean layers and a balanced ledger out."""
