"""Sums from which estimates follow without the rows: moments and co-moments, mergeable."""
