"""What a job is asked, and what is done of it in a folder of its own: no database and no HTTP."""
