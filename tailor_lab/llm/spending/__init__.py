"""Limits, budgets and prices, shared by threads and processes."""
