"""What builds the documentation site; no part of the package."""
