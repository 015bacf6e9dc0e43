-- Once, as the superuser:  sudo -u postgres psql --file=deploy/postgresql/setup.sql
-- Then give the role its password, or leave it without one and reach the server through its socket ('peer').

CREATE ROLE finetouch LOGIN;
CREATE DATABASE finetouch OWNER finetouch ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE finetouch FROM PUBLIC;

-- A migration that can't have its lock gives up instead of stopping every request behind it.
ALTER ROLE finetouch SET lock_timeout = '5s';
ALTER ROLE finetouch SET statement_timeout = '60s';
ALTER ROLE finetouch SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE finetouch SET timezone = 'UTC';

-- PostgreSQL's own log must not quote patients: no statement with its values, no detail of a failed row.
ALTER ROLE finetouch SET log_min_error_statement = 'panic';
ALTER ROLE finetouch SET log_error_verbosity = 'terse';
ALTER ROLE finetouch SET log_statement = 'none';
ALTER ROLE finetouch SET log_min_duration_statement = -1;
ALTER ROLE finetouch SET log_parameter_max_length_on_error = 0;

\connect finetouch
-- The site keeps two appointments from overlapping with this one.
CREATE EXTENSION IF NOT EXISTS btree_gist;
