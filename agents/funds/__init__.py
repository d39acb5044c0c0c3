"""Role ``funds``: holders with a given selling programme."""

from agents.funds.programme import ProgrammeFunds as ProgrammeFunds
