-- The number of a content's last check, in the order in which checks ended: what an index of stored signals covers, and what came after it.
ALTER TABLE content ADD COLUMN checked_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX content_by_check ON content (checked_seq);
