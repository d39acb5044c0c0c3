"""Role ``borrowers``: accounts with debt, and the populations that they come in."""

from agents.borrowers.lst_borrowers import LstBorrowers as LstBorrowers
