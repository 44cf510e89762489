-- A picture can be read in two ways (transparency), and one of nothing but bars, halves or stripes is kept and never matched. Rows of kind `pdq` hold
-- all eight views, 32 bytes each in their order, so that matching again reads one row a picture; rows of kind `img-…` are second opinions.
CREATE TABLE signal_2 (
    content INTEGER NOT NULL REFERENCES content (id),
    kind TEXT NOT NULL,
    frame INTEGER NOT NULL,
    reading INTEGER NOT NULL,
    quality INTEGER NOT NULL,
    blank INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (content, kind, frame, reading)
) STRICT, WITHOUT ROWID;
INSERT INTO signal_2
    SELECT content, kind, frame, 0, max(quality), 0, unhex(group_concat(hex(bytes), '' ORDER BY view))
    FROM signal GROUP BY content, kind, frame HAVING count(*) = 8;
DROP TABLE signal;
ALTER TABLE signal_2 RENAME TO signal;
