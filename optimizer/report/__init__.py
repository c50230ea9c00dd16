"""The report: one HTML page of a written plan, with everything it needs inside."""
