"""What an experiment can run: tailoring, and a day of cached requests."""
