"""Facts, matches and criteria to findings, a verdict and the result document."""
