"""The command line: one file per group of commands; each parses, calls and prints."""

from tailor_lab.cli.root import app as app
from tailor_lab.cli.root import main as main
