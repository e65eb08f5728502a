"""Two independent groups, whose items may share sources: means, ratios and shares."""
