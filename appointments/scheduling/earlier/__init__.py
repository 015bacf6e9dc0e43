"""Earlier times: who wants one, which fell free, whom to offer them to, and what becomes of that."""
