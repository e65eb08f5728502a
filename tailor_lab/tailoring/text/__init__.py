"""Text as the other rooms read it: words, numbers, dates, stems, abbreviations."""
