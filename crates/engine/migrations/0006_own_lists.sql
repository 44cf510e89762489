-- Lists of one's own: the name by which readers know each, what they are told of it, and how far it was published.

CREATE TABLE own_list (
    list INTEGER PRIMARY KEY REFERENCES hash_list (id),
    -- Made once, for the whole life of the list: `urn:uuid:…`.
    publisher_list_id TEXT NOT NULL UNIQUE,
    -- Beginning of the names of its files.
    slug TEXT NOT NULL,
    publisher TEXT NOT NULL,
    reshare TEXT NOT NULL CHECK (reshare IN ('none', 'members', 'open')),
    licence TEXT NOT NULL DEFAULT '',
    contact TEXT,
    -- The number of the next new entry: none is given twice, also after going back to an earlier version.
    next_entry INTEGER NOT NULL DEFAULT 1,
    -- The largest number that may have left this home: it is stored before a file of that number is written. 0: none.
    published_seq INTEGER NOT NULL DEFAULT 0,
    -- The public key that signed last.
    published_key TEXT,
    -- SHA-256 of the index that was put in place last: it is known again where a later publication ended between the signature and the index.
    published_index BLOB,
    published_at INTEGER
) STRICT;
