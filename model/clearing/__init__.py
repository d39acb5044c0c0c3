"""Network measures of contagion on plain arrays: clearing of mutual claims, DebtRank, overlap of holdings."""
