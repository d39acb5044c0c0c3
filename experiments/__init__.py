"""Questions: scenarios, runs, comparisons, figures, the command line."""
