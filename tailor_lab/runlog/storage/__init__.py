"""How rows are kept: journal, segments, database, checkpoints, upkeep and checks."""
