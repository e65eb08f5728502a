"""Prompts as versioned files, and the phrases in them that invite invention."""
