"""The command line: one file per group of commands; each parses, calls and prints."""

from tailor_lab.cli.root import app, main

__all__ = ["app", "main"]
