//! Floor 3, remembers: all SQL of Nochnik, on SQLite and on PostgreSQL.
