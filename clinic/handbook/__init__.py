"""The staff's handbook: docs/handbook read in the site, and 'Help' on each page that opens at its chapter."""
