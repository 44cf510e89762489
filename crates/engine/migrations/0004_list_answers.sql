-- What the operator said of a list beyond harm, polarity, trust and kind: a JSON object, so that the next version is read in the same way.
ALTER TABLE hash_list ADD COLUMN answers TEXT NOT NULL DEFAULT '{}';
