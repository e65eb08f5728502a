"""Makes rows: items under each variant through the pipeline, into the log."""
