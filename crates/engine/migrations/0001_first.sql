-- The first form of the store. Migrations are added, never edited: a test compares their digests.
-- Times are UTC milliseconds since 1970 unless a name ends in _ns. Paths are bytes. Wire names are those of engine::model.

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE site (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    root BLOB NOT NULL,
    mode TEXT NOT NULL,
    preset TEXT,
    practice INTEGER NOT NULL DEFAULT 0,
    root_device INTEGER NOT NULL,
    root_inode INTEGER NOT NULL,
    holding_dir BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER,
    paused_until INTEGER,
    -- The last complete sweep: when it began and how long its walk took.
    sweep_started_at INTEGER,
    sweep_took_ms INTEGER,
    -- What the watching process last said of this site, so that other processes can say it too.
    health TEXT NOT NULL DEFAULT 'starting',
    health_since INTEGER NOT NULL,
    health_detail TEXT,
    skipped INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX site_by_name ON site (name) WHERE removed_at IS NULL;

-- One row a (site, path, identity). `current` = 1 for the row that speaks for the path now; older rows are history.
CREATE TABLE upload (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site INTEGER NOT NULL REFERENCES site (id),
    path BLOB NOT NULL,
    directory INTEGER NOT NULL DEFAULT 0,
    current INTEGER NOT NULL DEFAULT 1,
    -- Identity; NULL for what could never be opened.
    device INTEGER,
    inode INTEGER,
    size INTEGER,
    ctime_ns INTEGER,
    mtime_ns INTEGER,
    state TEXT NOT NULL,
    reason TEXT,
    place TEXT NOT NULL,
    content INTEGER REFERENCES content (id),
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    checked_at INTEGER,
    gone_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    retry_at INTEGER
) STRICT;
CREATE UNIQUE INDEX upload_by_path ON upload (site, path) WHERE current = 1;
CREATE INDEX upload_by_content ON upload (content) WHERE content IS NOT NULL;
CREATE INDEX upload_found ON upload (id) WHERE current = 1 AND state = 'found' AND place = 'site';
CREATE INDEX upload_unchecked ON upload (reason, id) WHERE current = 1 AND state = 'could_not_check' AND place = 'site';
CREATE INDEX upload_by_retry ON upload (retry_at) WHERE current = 1 AND retry_at IS NOT NULL;
CREATE INDEX upload_by_day ON upload (site, first_seen_at);

-- Running counters of current rows: screens never count a million rows.
CREATE TABLE upload_count (
    site INTEGER NOT NULL,
    directory INTEGER NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (site, directory, place, state, reason)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER upload_counted_in AFTER INSERT ON upload WHEN NEW.current = 1 BEGIN
    INSERT INTO upload_count VALUES (NEW.site, NEW.directory, NEW.place, NEW.state, coalesce(NEW.reason, ''), 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER upload_counted_over AFTER UPDATE OF current, place, state, reason, directory ON upload BEGIN
    UPDATE upload_count SET n = n - 1
    WHERE OLD.current = 1 AND site = OLD.site AND directory = OLD.directory AND place = OLD.place AND state = OLD.state AND reason = coalesce(OLD.reason, '');
    INSERT INTO upload_count SELECT NEW.site, NEW.directory, NEW.place, NEW.state, coalesce(NEW.reason, ''), 1 WHERE NEW.current = 1
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER upload_counted_out AFTER DELETE ON upload WHEN OLD.current = 1 BEGIN
    UPDATE upload_count SET n = n - 1
    WHERE site = OLD.site AND directory = OLD.directory AND place = OLD.place AND state = OLD.state AND reason = coalesce(OLD.reason, '');
END;

CREATE TABLE content (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 BLOB NOT NULL UNIQUE,
    sha1 BLOB NOT NULL,
    md5 BLOB NOT NULL,
    size INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- The pixel track: done, no_picture, failed; NULL while it was never tried. `pixel_reason` goes with failed.
    pixels TEXT,
    pixel_reason TEXT,
    decoder INTEGER,
    strikes INTEGER NOT NULL DEFAULT 0,
    width INTEGER,
    height INTEGER,
    frames INTEGER,
    quality INTEGER,
    displayed_view INTEGER,
    -- Number of the list generation that this content was last matched against; NULL until its first check has ended.
    generation INTEGER,
    first_seen_at INTEGER NOT NULL,
    triage_case INTEGER REFERENCES triage_case (id)
) STRICT;
CREATE INDEX content_by_generation ON content (generation, id);
CREATE INDEX content_by_case ON content (triage_case) WHERE triage_case IS NOT NULL;

-- Perceptual signals; the digests stand in `content`.
CREATE TABLE signal (
    content INTEGER NOT NULL REFERENCES content (id),
    kind TEXT NOT NULL,
    frame INTEGER NOT NULL,
    view INTEGER NOT NULL,
    quality INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (content, kind, frame, view)
) STRICT, WITHOUT ROWID;

CREATE TABLE hash_list (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    harm TEXT NOT NULL,
    polarity TEXT NOT NULL,
    trust TEXT NOT NULL,
    kind_64 TEXT,
    threshold INTEGER NOT NULL,
    practice INTEGER NOT NULL DEFAULT 0,
    active_seq INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX hash_list_by_name ON hash_list (name) WHERE removed_at IS NULL;

CREATE TABLE list_version (
    list INTEGER NOT NULL REFERENCES hash_list (id),
    seq INTEGER NOT NULL,
    format TEXT NOT NULL,
    why TEXT NOT NULL,
    source TEXT NOT NULL,
    original_sha256 BLOB NOT NULL,
    original_size INTEGER NOT NULL,
    imported_at INTEGER NOT NULL,
    person TEXT NOT NULL,
    entries INTEGER NOT NULL,
    can_match INTEGER NOT NULL,
    signals TEXT NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (list, seq)
) STRICT, WITHOUT ROWID;

-- Each switch of any list makes a generation; contents of an older one are matched again.
CREATE TABLE generation (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, cause TEXT NOT NULL) STRICT;
INSERT INTO generation VALUES (0, 0, 'no list');

CREATE TABLE match (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content INTEGER NOT NULL REFERENCES content (id),
    list INTEGER NOT NULL REFERENCES hash_list (id),
    seq INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    entry_key TEXT NOT NULL,
    polarity TEXT NOT NULL,
    harm TEXT NOT NULL,
    kind TEXT NOT NULL,
    match_type TEXT NOT NULL,
    distance INTEGER,
    threshold INTEGER,
    view INTEGER,
    status TEXT NOT NULL,
    labels TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    UNIQUE (content, list, entry_key, kind)
) STRICT;
CREATE INDEX match_by_list ON match (list) WHERE withdrawn_at IS NULL;

CREATE TABLE triage_case (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content INTEGER NOT NULL UNIQUE REFERENCES content (id),
    state TEXT NOT NULL,
    harm TEXT NOT NULL,
    match_type TEXT NOT NULL,
    distance INTEGER,
    -- Order "most serious": harm, exact before near, distance; smaller is more serious. Newest first inside one rank.
    rank INTEGER NOT NULL,
    list INTEGER NOT NULL,
    lists INTEGER NOT NULL,
    practice INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    back_at INTEGER,
    second_look TEXT,
    decision TEXT,
    decided_at INTEGER
) STRICT;
CREATE INDEX case_by_rank ON triage_case (state, rank, -opened_at, -id);
CREATE INDEX case_by_age ON triage_case (state, opened_at, id);
CREATE INDEX case_by_update ON triage_case (updated_at, id);
CREATE INDEX case_by_back ON triage_case (back_at) WHERE back_at IS NOT NULL;

-- One key press, whether one case or five thousand.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL UNIQUE,
    decision TEXT NOT NULL,
    person TEXT NOT NULL,
    note TEXT,
    made_at INTEGER NOT NULL,
    act_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- 1 if the clock was started again after a restart.
    restarted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batch_drafts ON batch (id) WHERE state = 'draft';

-- What one batch did to one case, with what it was before, so that undo restores it exactly.
CREATE TABLE decision (
    batch INTEGER NOT NULL REFERENCES batch (id),
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    before TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (batch, triage_case)
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_by_case ON decision (triage_case, batch);

CREATE TABLE note (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX note_by_case ON note (triage_case);

-- One file of one action. The row is committed before the disk is touched.
CREATE TABLE action (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    upload INTEGER NOT NULL REFERENCES upload (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    holding_name TEXT,
    original TEXT,
    planned_at INTEGER NOT NULL,
    ended_at INTEGER,
    failed TEXT,
    notes TEXT
) STRICT;
CREATE INDEX action_unfinished ON action (id) WHERE state IN ('planned', 'intent');
CREATE INDEX action_by_case ON action (triage_case, id);
CREATE INDEX action_by_upload ON action (upload, id);

CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    verb TEXT NOT NULL,
    person TEXT NOT NULL,
    triage_case INTEGER,
    body TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX ledger_by_case ON ledger (triage_case, seq) WHERE triage_case IS NOT NULL;
CREATE INDEX ledger_by_verb ON ledger (verb, seq);

CREATE TABLE blind_gap (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site INTEGER NOT NULL REFERENCES site (id),
    from_at INTEGER NOT NULL,
    to_at INTEGER
) STRICT;

CREATE TABLE selftest (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site INTEGER NOT NULL REFERENCES site (id),
    at INTEGER NOT NULL,
    ok INTEGER NOT NULL,
    stage TEXT NOT NULL,
    seen_ms INTEGER,
    checked_ms INTEGER,
    inbox_ms INTEGER,
    reason TEXT
) STRICT;
