"""Verifies an export of the Gatehouse ledger, of all rows or of one case. Needs Python 3 and nothing else."""
import hashlib
import json
import struct
import sys

ROW = ["seq", "at", "verb", "person", "case", "body", "previous", "hash"]
END = ["rows", "case", "seqs", "rows_sha256", "at", "person", "key"]


def row_hash(row):
    """SHA-256 over the previous hash and the six fields, each with its length in front."""
    case = "" if row["case"] is None else str(row["case"])
    numbers = [struct.pack("<q", row["seq"]), struct.pack("<q", row["at"])]
    texts = [row[key].encode() for key in ("verb", "person")] + [case.encode(), row["body"].encode()]
    digest = hashlib.sha256(bytes.fromhex(row["previous"]))
    for field in numbers + texts:
        digest.update(struct.pack("<Q", len(field)) + field)
    return digest.hexdigest()


def read(line):
    """The object of a line; an error if it is not written exactly as Gatehouse writes it."""
    found = json.loads(line)
    if json.dumps(found, separators=(",", ":"), ensure_ascii=False) + "\n" != line:
        raise ValueError("not in the form of an export")
    return found


def verify(lines):
    """None if the export is whole, else a sentence with the place."""
    seqs, hashes, last, end = [], [], "00" * 32, None
    for number, line in enumerate(lines, start=1):
        try:
            row = read(line)
            if end is not None:
                return f"line {number}: something stands after the end"
            if list(row) == ["end"] and list(row["end"]) == END:
                end = row["end"]
                continue
            if list(row) != ROW or row["hash"] != row_hash(row):
                return f"line {number}: the row was changed"
        except (ValueError, TypeError, KeyError, AttributeError, struct.error):
            return f"line {number}: the line was changed or cut"
        expected = seqs[-1] + 1 if seqs else 1
        if row["seq"] == expected and row["previous"] != last:
            return f"line {number}: row {expected} does not follow from the row before it"
        seqs, hashes, last = seqs + [row["seq"]], hashes + [row["hash"]], row["hash"]
    if end is None:
        return f"line {len(seqs) + 1}: the end is missing, so the file was cut"
    wanted = end["seqs"] if end["case"] is not None else list(range(1, end["rows"] + 1))
    for number, (is_there, should) in enumerate(zip(seqs + [None] * len(wanted), wanted), start=1):
        if is_there != should:
            return f"line {number}: row {should} is missing"
    if len(seqs) != len(wanted) or hashlib.sha256("".join(hashes).encode()).hexdigest() != end["rows_sha256"]:
        return f"line {len(seqs) + 1}: the end does not belong to these rows"
    print(f"whole: {len(seqs)} rows, last hash {last}")
    return None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 verify_ledger.py EXPORT")
    with open(sys.argv[1], encoding="utf-8", errors="surrogateescape", newline="\n") as export:
        broken = verify(export)
    if broken:
        print(f"broken: {broken}")
        sys.exit(1)
