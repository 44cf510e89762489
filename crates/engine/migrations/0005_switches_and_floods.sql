-- A switch of a list is a job: what is stored is compared with what changed, and with nothing else.

ALTER TABLE generation ADD COLUMN list INTEGER REFERENCES hash_list (id);
-- The versions that answered before and after; empty where none did. Both and the list empty: everything is matched again.
ALTER TABLE generation ADD COLUMN from_seq INTEGER;
ALTER TABLE generation ADD COLUMN to_seq INTEGER;
-- Contents up to this number are compared.
ALTER TABLE generation ADD COLUMN cursor INTEGER NOT NULL DEFAULT 0;
-- Cases that it opened or changed so far.
ALTER TABLE generation ADD COLUMN cases INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generation ADD COLUMN done_at INTEGER;
-- Where older uploads are still behind, the last switch matches everything again.
UPDATE generation SET done_at = at
    WHERE id < (SELECT max(id) FROM generation) OR NOT EXISTS (SELECT 1 FROM content WHERE generation < (SELECT max(id) FROM generation));
CREATE INDEX generation_waiting ON generation (id) WHERE done_at IS NULL;
DROP INDEX content_by_generation;

-- How much weight the lists give a case; between "exact before near" and the distance it decides the order.
ALTER TABLE triage_case ADD COLUMN agreement TEXT NOT NULL DEFAULT 'one_list';
UPDATE triage_case SET rank = (rank / 1000000) * 100000000 + (rank % 1000000 / 10000) * 1000000 + (rank % 10000 / 1000) * 100000 + 10000 + rank % 1000;

-- One entry that matches very many contents is probably wrong: its cases wait behind the first of them.
CREATE TABLE flood (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list INTEGER NOT NULL REFERENCES hash_list (id),
    entry_key TEXT NOT NULL,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- singles, switched_off, withdrawn
    how TEXT
) STRICT;
CREATE UNIQUE INDEX flood_by_entry ON flood (list, entry_key) WHERE ended_at IS NULL;
CREATE INDEX flood_by_case ON flood (triage_case);
ALTER TABLE triage_case ADD COLUMN held_by INTEGER REFERENCES flood (id);
CREATE INDEX case_by_flood ON triage_case (held_by) WHERE held_by IS NOT NULL;
CREATE INDEX match_by_entry ON match (list, entry_key, found_at) WHERE withdrawn_at IS NULL;

-- Entries that a person switched off: their matches are shown and raise nothing.
CREATE TABLE entry_off (
    list INTEGER NOT NULL REFERENCES hash_list (id),
    entry_key TEXT NOT NULL,
    entry INTEGER NOT NULL,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (list, entry_key)
) STRICT, WITHOUT ROWID;
