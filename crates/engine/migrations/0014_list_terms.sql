-- A list is somebody's property, with terms: who gave it, what was agreed, and when that is to be looked at again.

CREATE TABLE list_handling (
    list INTEGER PRIMARY KEY REFERENCES hash_list (id),
    given_by TEXT NOT NULL,
    terms TEXT NOT NULL,
    -- Milliseconds since 1970; empty for never.
    review_at INTEGER
) STRICT;

-- The certificate (DER) by which a server of the operator's own network proves itself, in place of the roots that come with the program.
ALTER TABLE subscription ADD COLUMN root_certificate BLOB;
