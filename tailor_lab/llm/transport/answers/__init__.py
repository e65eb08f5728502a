"""What an answer holds: its text and thoughts, and the JSON in its text."""
