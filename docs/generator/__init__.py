"""One module per generated page; what only a person can say stands in `heads/` and is copied to the page's top."""
