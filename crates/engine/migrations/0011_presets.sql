-- What the layout of the site software says of files, which files belong to one case, and what is left to do on servers.

ALTER TABLE site ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE site ADD COLUMN strip TEXT NOT NULL DEFAULT '';
-- Folders below the root that are walked, a JSON array; empty: all.
ALTER TABLE site ADD COLUMN only_dirs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE site ADD COLUMN take_down TEXT NOT NULL DEFAULT 'move';
-- A plain picture is put in the place of what was taken down.
ALTER TABLE site ADD COLUMN placeholder INTEGER NOT NULL DEFAULT 0;

ALTER TABLE upload ADD COLUMN role TEXT NOT NULL DEFAULT 'upload';
-- Number of the rule that fitted.
ALTER TABLE upload ADD COLUMN rule INTEGER;
-- Facts from the name, a JSON object in display forms.
ALTER TABLE upload ADD COLUMN facts TEXT;
-- What the file was made from: a path of the site with at most one * for a part, or =name=value.
ALTER TABLE upload ADD COLUMN made_of BLOB;
-- =name=value, where other files can be made from this one.
ALTER TABLE upload ADD COLUMN shares BLOB;
CREATE INDEX upload_by_made_of ON upload (site, made_of) WHERE made_of IS NOT NULL;
CREATE INDEX upload_by_shares ON upload (site, shares) WHERE shares IS NOT NULL;
CREATE INDEX upload_by_rule ON upload (site, role, rule) WHERE current = 1 AND place = 'site' AND directory = 0;
CREATE INDEX upload_last ON upload (id) WHERE current = 1 AND state = 'found' AND place = 'site' AND role = 'remote_cache';

-- What stored names claim of the content: how often the claim was right.
CREATE TABLE name_claim (
    site INTEGER NOT NULL REFERENCES site (id),
    hash TEXT NOT NULL,
    agreed INTEGER NOT NULL DEFAULT 0,
    differed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site, hash)
) STRICT, WITHOUT ROWID;

-- How a content came to the case that another one leads: generated, near, included. NULL: it opened the case, or leads it.
ALTER TABLE content ADD COLUMN joined TEXT;
ALTER TABLE content ADD COLUMN join_distance INTEGER;
-- A person split it off: it joins no case by itself any more.
ALTER TABLE content ADD COLUMN split_off INTEGER NOT NULL DEFAULT 0;
-- Contents that look like those of a case and are not part of it: near, other_picture, not_compared.
CREATE TABLE case_similar (
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    content INTEGER NOT NULL REFERENCES content (id),
    why TEXT NOT NULL,
    distance INTEGER,
    PRIMARY KEY (triage_case, content)
) STRICT, WITHOUT ROWID;
-- The last check whose content was compared with the case.
ALTER TABLE triage_case ADD COLUMN similar_seq INTEGER NOT NULL DEFAULT -1;
-- What a file that came back looks like: sync, again, backup, rebuilt.
ALTER TABLE triage_case ADD COLUMN came_back_as TEXT;

-- What is left to do on a server or a site after a take-down.
CREATE TABLE todo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    site INTEGER NOT NULL REFERENCES site (id),
    -- copy: the server still has the files; sheet: nothing was moved here; steps: the files are gone, the site's own pages are left.
    kind TEXT NOT NULL,
    -- open, done (by the operator's word, not proven), closed
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    done_at INTEGER,
    closed_at INTEGER,
    returned_at INTEGER
) STRICT;
CREATE INDEX todo_by_case ON todo (triage_case, id);
CREATE INDEX todo_waiting ON todo (site) WHERE state <> 'closed';
CREATE TABLE todo_file (
    todo INTEGER NOT NULL REFERENCES todo (id),
    upload INTEGER NOT NULL REFERENCES upload (id),
    PRIMARY KEY (todo, upload)
) STRICT, WITHOUT ROWID;
CREATE TABLE todo_tick (
    todo INTEGER NOT NULL REFERENCES todo (id),
    step TEXT NOT NULL,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (todo, step)
) STRICT, WITHOUT ROWID;

-- Plain pictures in the places of files that were taken down.
CREATE TABLE placeholder (
    upload INTEGER PRIMARY KEY REFERENCES upload (id),
    sha256 BLOB NOT NULL,
    put_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;

-- What the site's own database says of its files, as the operator saved it at one moment.
CREATE TABLE map_file (
    site INTEGER PRIMARY KEY REFERENCES site (id),
    path BLOB NOT NULL,
    -- Of the file, in nanoseconds since 1970, and its size: a change is read again.
    modified_ns INTEGER NOT NULL,
    size INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    ignored TEXT NOT NULL,
    problem TEXT
) STRICT;
CREATE TABLE map_row (
    site INTEGER NOT NULL REFERENCES site (id),
    number INTEGER NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (site, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE map_key (
    site INTEGER NOT NULL REFERENCES site (id),
    key BLOB NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (site, key, number)
) STRICT, WITHOUT ROWID;
