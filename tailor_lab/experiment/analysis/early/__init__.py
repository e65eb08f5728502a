"""What may be concluded before every run is in: planned looks, stopping, live monitoring."""
