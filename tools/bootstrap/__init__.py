"""Gets the product running on a bare machine. Python standard library only."""
