"""What the benchmarks share: the page they write to, and how calls are timed in turns."""
