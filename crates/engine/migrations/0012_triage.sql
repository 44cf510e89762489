-- Reveals, claims, questions, saved views, and counters of cases that are kept instead of counted.

-- One deliberate, recorded, timed showing of one rendition. The row is committed before a pixel exists.
CREATE TABLE reveal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    person TEXT NOT NULL,
    step INTEGER NOT NULL,
    reason TEXT,
    -- 0 for practice: recorded, and no part of any budget.
    counts INTEGER NOT NULL,
    -- Day of the budget, as days since 1970 in the local calendar.
    day INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    longest_ms INTEGER NOT NULL,
    closed_at INTEGER,
    shown_ms INTEGER,
    cause TEXT
) STRICT;
CREATE INDEX reveal_open ON reveal (id) WHERE closed_at IS NULL;
CREATE INDEX reveal_by_case ON reveal (triage_case);
CREATE INDEX reveal_by_day ON reveal (day);

-- Who is at a case, so that two people do not do one. It blocks nobody.
CREATE TABLE claim (triage_case INTEGER PRIMARY KEY REFERENCES triage_case (id), person TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX claim_by_person ON claim (person);

-- A question that was written to a file for somebody else.
CREATE TABLE question (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    triage_case INTEGER NOT NULL REFERENCES triage_case (id),
    token TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    answered_at INTEGER,
    answer TEXT
) STRICT;
CREATE INDEX question_by_case ON question (triage_case);

-- A filter, an order and a grouping under a name.
CREATE TABLE saved_view (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, query TEXT NOT NULL) STRICT;

-- A snoozed case may wait for the next version of a list that names it.
ALTER TABLE triage_case ADD COLUMN until_list INTEGER NOT NULL DEFAULT 0;
CREATE INDEX case_until_list ON triage_case (id) WHERE until_list = 1;

CREATE TABLE case_count (
    state TEXT NOT NULL,
    exact INTEGER NOT NULL,
    second_look INTEGER NOT NULL,
    practice INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (state, exact, second_look, practice)
) STRICT, WITHOUT ROWID;
INSERT INTO case_count SELECT state, match_type = 'exact', second_look IS NOT NULL, practice, count(*) FROM triage_case GROUP BY 1, 2, 3, 4;
CREATE TRIGGER case_counted_in AFTER INSERT ON triage_case BEGIN
    INSERT INTO case_count VALUES (NEW.state, NEW.match_type = 'exact', NEW.second_look IS NOT NULL, NEW.practice, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_counted_over AFTER UPDATE OF state, match_type, second_look, practice ON triage_case BEGIN
    UPDATE case_count SET n = n - 1
    WHERE state = OLD.state AND exact = (OLD.match_type = 'exact') AND second_look = (OLD.second_look IS NOT NULL) AND practice = OLD.practice;
    INSERT INTO case_count VALUES (NEW.state, NEW.match_type = 'exact', NEW.second_look IS NOT NULL, NEW.practice, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_counted_out AFTER DELETE ON triage_case BEGIN
    UPDATE case_count SET n = n - 1
    WHERE state = OLD.state AND exact = (OLD.match_type = 'exact') AND second_look = (OLD.second_look IS NOT NULL) AND practice = OLD.practice;
END;
