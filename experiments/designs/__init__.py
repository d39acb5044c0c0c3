"""The experiment ``liquidation-designs``: every mechanism on the same book and the same fall, measured alike."""
