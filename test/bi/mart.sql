-- The mart that the clients read, and the role they read it as.
SET client_min_messages = warning;
CALL ecosystem.create_mart('elg');
CALL ecosystem.bind_demo('elg');
CALL ecosystem.refresh_mart('elg');

CREATE ROLE bi_reader LOGIN PASSWORD :'password';
CALL ecosystem.grant_mart('elg', 'bi_reader');
GRANT USAGE ON SCHEMA ecosystem TO bi_reader;
