"""What patients text back, and what carriers say of the texts that they took."""
