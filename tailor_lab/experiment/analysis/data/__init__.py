"""From a frame of runs to two columns of values, and the estimators that fit them."""
