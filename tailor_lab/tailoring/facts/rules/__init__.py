"""The rules that decide whether the source supports a claim."""
