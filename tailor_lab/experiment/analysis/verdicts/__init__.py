"""What is concluded: gates, verdicts on every metric, and the decision over all of them."""
