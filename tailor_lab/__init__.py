"""Experiments on LLM résumé tailoring."""
