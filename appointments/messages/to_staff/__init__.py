"""What staff are told by e-mail: that somebody needs them, and never whom or what it is about."""
