-- The vault: sealed files, holds on cases, and which sealed file an action is about.

-- One encrypted file of the vault, `vault/CASE-N.age`. The row is there before the file.
CREATE TABLE vault_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    n INTEGER NOT NULL,
    -- sealing, sealed, leaving, gone
    state TEXT NOT NULL,
    -- Of the content that is sealed; until `sealed` of the content that was taken down.
    sha256 BLOB NOT NULL,
    size INTEGER NOT NULL DEFAULT 0,
    -- The public key that it is sealed to.
    key TEXT NOT NULL,
    sealed_at INTEGER,
    -- When a decryption last proved it.
    verified_at INTEGER,
    -- missing, damaged; stays until a decryption proves the file again.
    problem TEXT,
    problem_at INTEGER,
    -- Why it leaves, as the certificate says it; from `leaving` on.
    leaving TEXT,
    gone_at INTEGER,
    UNIQUE (triage_case, n)
) STRICT;
CREATE INDEX vault_file_by_proof ON vault_file (verified_at) WHERE state = 'sealed';
CREATE INDEX vault_file_unfinished ON vault_file (id) WHERE state IN ('sealing', 'leaving');

ALTER TABLE action ADD COLUMN vault_file INTEGER REFERENCES vault_file (id);
-- Where a restored file goes, if another file has its path.
ALTER TABLE action ADD COLUMN target BLOB;
-- Held files wait to be sealed.
CREATE INDEX upload_holding ON upload (id) WHERE place = 'holding';

CREATE TABLE hold (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    harm TEXT NOT NULL,
    reason TEXT NOT NULL,
    basis TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    -- Empty: no end.
    ends_at INTEGER,
    -- A JSON array of {until, reason, at, by}.
    extended_by TEXT NOT NULL DEFAULT '[]',
    kind TEXT NOT NULL,
    set_by TEXT NOT NULL,
    ended_at INTEGER,
    ended_by TEXT,
    end_reason TEXT
) STRICT;
CREATE UNIQUE INDEX hold_of_case ON hold (triage_case) WHERE ended_at IS NULL;
