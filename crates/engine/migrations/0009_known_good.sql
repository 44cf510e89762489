-- What the operator knows to be good: one content, all that one entry of a list matches, or all uploads of one account of a site. Such a match does not
-- wait in the inbox. Its case is there, kept, and says by which rule.

CREATE TABLE good (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('content', 'entry', 'uploader')),
    sha256 BLOB,
    list INTEGER REFERENCES hash_list (id),
    -- The publisher's key: may hold a hash, and is never shown. Our number beside it is.
    entry_key TEXT,
    entry INTEGER,
    site INTEGER REFERENCES site (id),
    uploader TEXT,
    reason TEXT NOT NULL,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX good_content ON good (sha256) WHERE ended_at IS NULL AND kind = 'content';
CREATE UNIQUE INDEX good_entry ON good (list, entry_key) WHERE ended_at IS NULL AND kind = 'entry';
CREATE UNIQUE INDEX good_uploader ON good (site, uploader) WHERE ended_at IS NULL AND kind = 'uploader';

-- The rule that kept a case; empty where a person did.
ALTER TABLE triage_case ADD COLUMN kept_by INTEGER REFERENCES good (id);
CREATE INDEX case_by_rule ON triage_case (kept_by) WHERE kept_by IS NOT NULL;

-- Contents about which it was asked whether they belong to the site itself: asked once.
CREATE TABLE furniture_asked (content INTEGER PRIMARY KEY REFERENCES content (id), at INTEGER NOT NULL) STRICT;
