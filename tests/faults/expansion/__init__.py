"""An app with nothing but a migration of the kind that an upgrade brings: a column, its index, a check."""
