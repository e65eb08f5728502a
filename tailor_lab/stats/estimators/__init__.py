"""Estimators of a difference: paired, independent, clustered, shares, ratios, ranks and more."""
