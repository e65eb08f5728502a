"""Where values are kept: memory, a file on disk, Redis."""
