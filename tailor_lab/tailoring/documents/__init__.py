"""Documents: files of every kind to text, text to a résumé, and a résumé to files."""
