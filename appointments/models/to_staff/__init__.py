"""What members of the staff hear at once."""
