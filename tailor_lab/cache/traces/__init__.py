"""Recorded requests, and what other policies and sizes would have made of them."""
