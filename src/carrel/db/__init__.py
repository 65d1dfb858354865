"""The database: engine, units of work, tables, migrations and the data directory."""
