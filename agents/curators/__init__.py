"""Role ``curators``: who decides where a vault lends."""

from agents.curators.vault_curator import VaultCurators as VaultCurators
