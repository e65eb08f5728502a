"""What an experiment can find out before it costs anything: chances of whole decisions."""
