"""The store: everything the service keeps, in one database, by tenant; SQLite or Postgres by the same statements."""
