"""Job postings: reading one, its requirements, its segments."""
