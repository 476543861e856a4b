"""The ledger: what is known, and in what state. One schema on SQLite or PostgreSQL."""
