"""Lighthouse on every public page and form, in the set-up of deploy/; `python -m tests.lighthouse`."""
