"""What was found, as plain values that say themselves in words."""
