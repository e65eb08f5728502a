"""The match score: its parts, their evidence, its sensitivity."""
