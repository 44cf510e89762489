-- Persons who share this home. Names are for the record; they are not passwords.

CREATE TABLE person (
    name TEXT PRIMARY KEY,
    -- May look at pictures, may decide, may delete for good.
    may_view INTEGER NOT NULL,
    may_decide INTEGER NOT NULL,
    may_purge INTEGER NOT NULL,
    -- No picture is ever shown to this person, whatever else is allowed.
    no_pictures INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO person
    SELECT value, 1, 1, 1, 0, 0, NULL FROM setting WHERE key = 'person' AND value NOT IN ('', 'me');
