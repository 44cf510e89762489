-- Duties: clocks that run, notices that came, reports that were filed, and what the uploader is told.

CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    from_kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    reference TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    -- The addresses or the file that it names, as typed.
    named TEXT NOT NULL,
    -- The checklist of its kind: an array of words that hold.
    checks TEXT NOT NULL,
    triage_case INTEGER REFERENCES triage_case (id),
    answer TEXT,
    answered_at INTEGER,
    noted_at INTEGER NOT NULL,
    person TEXT NOT NULL
) STRICT;
CREATE INDEX notice_by_case ON notice (triage_case) WHERE triage_case IS NOT NULL;

-- A clock that is met or stopped has an end; one that was missed runs on until then, and says so.
CREATE TABLE duty_clock (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER REFERENCES triage_case (id),
    notice INTEGER REFERENCES notice (id),
    kind TEXT NOT NULL,
    -- The profile that it comes from; empty while none is chosen.
    profile TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    sure TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    known TEXT NOT NULL,
    due_at INTEGER,
    warn_at INTEGER,
    sender TEXT,
    reference TEXT,
    state TEXT NOT NULL,
    missed_at INTEGER,
    -- On a copy: when a person said that the site no longer shows it.
    site_confirmed_at INTEGER,
    ended_at INTEGER,
    ended_by TEXT,
    end_reason TEXT
) STRICT;
CREATE INDEX duty_clock_open ON duty_clock (due_at) WHERE ended_at IS NULL;
CREATE INDEX duty_clock_by_case ON duty_clock (triage_case, kind, profile);
-- Cases whose take-down starts the clock of a report.
CREATE INDEX case_to_report ON triage_case (id) WHERE decision = 'take_down' AND harm NOT IN ('ncii', 'tvec', 'malware', 'local', 'practice');

CREATE TABLE report_filed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    kind TEXT NOT NULL,
    reference TEXT,
    filed_at INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    person TEXT NOT NULL
) STRICT;
CREATE INDEX report_filed_by_case ON report_filed (triage_case);

-- What the uploader is told. Without a row the default of the harm holds.
CREATE TABLE statement (
    triage_case INTEGER PRIMARY KEY REFERENCES triage_case (id),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    until_at INTEGER,
    at INTEGER NOT NULL,
    person TEXT NOT NULL
) STRICT;
