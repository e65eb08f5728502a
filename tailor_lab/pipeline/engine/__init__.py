"""The scheduler: one ready queue over threads, processes and clusters."""
