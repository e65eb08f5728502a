"""Questions to the log and their answers, each with its SQL."""
