"""Family ``venues``: where tokens trade. One file per kind."""
