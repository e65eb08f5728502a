"""The command line's groups: `tailor-lab prompts …`, `log …`, `cache …`, `knowledge …`."""
