"""The documentation: pages written by hand, and pages written from the code and the data by `docs.generate`."""
