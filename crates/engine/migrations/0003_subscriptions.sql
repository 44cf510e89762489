-- Where lists come from when they are looked at again, and the keys of signed lists.

-- One address, file or folder that the operator named. `list` is empty until the first import is done.
CREATE TABLE subscription (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list INTEGER REFERENCES hash_list (id),
    kind TEXT NOT NULL CHECK (kind IN ('file', 'folder', 'address')),
    -- The path as bytes, or the address as text in bytes.
    place BLOB NOT NULL,
    -- Milliseconds between two looks; empty: by hand.
    interval_ms INTEGER,
    paused INTEGER NOT NULL DEFAULT 0,
    added_at INTEGER NOT NULL,
    -- The operator's yes to this place. Nothing is contacted before.
    accepted_at INTEGER,
    -- The yes to an address of a private network.
    may_be_private INTEGER NOT NULL DEFAULT 0,
    -- Hosts that redirects may lead to: a JSON array of texts.
    other_hosts TEXT NOT NULL DEFAULT '[]',
    -- What the version in use came with.
    etag TEXT,
    last_modified TEXT,
    seen BLOB,
    looked_at INTEGER,
    succeeded_at INTEGER,
    changed_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    retry_at INTEGER,
    error_code TEXT,
    error_sentence TEXT,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX subscription_by_list ON subscription (list) WHERE list IS NOT NULL AND removed_at IS NULL;

-- The keys that may sign a list, and how far it has come.
CREATE TABLE list_key (
    list INTEGER PRIMARY KEY REFERENCES hash_list (id),
    -- The publisher's own name of the list: `urn:uuid:…`.
    publisher_list_id TEXT NOT NULL,
    pinned TEXT NOT NULL,
    pinned_at INTEGER NOT NULL,
    pinned_how TEXT NOT NULL CHECK (pinned_how IN ('typed', 'file', 'first_use', 'announced')),
    announced TEXT,
    announced_after_seq INTEGER,
    -- The largest that was ever accepted, whichever version is in use now.
    largest_seq INTEGER NOT NULL,
    -- SHA-256 of the file with that number: the same number with other bytes is told as a possible compromise.
    largest_seq_sha256 BLOB NOT NULL
) STRICT;
