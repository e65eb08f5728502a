"""Answers questions about an experiment from its rows."""
