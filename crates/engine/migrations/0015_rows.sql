-- What changed in the rows of human work (cases, decisions, actions, holds, lists …), as the statement that makes it again. Filled by triggers of the
-- writing connection, copied to `backup/rows.jsonl` after the commit, and removed by the next one: what a lost database is rebuilt from.
CREATE TABLE changed_row (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    sql TEXT NOT NULL
) STRICT;
