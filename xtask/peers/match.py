"""Other near searches, measured by the benchmarks: a line in, a line out, so that rounds can be interleaved. Words are separated by tabs.

`values PATH` and `queries PATH` take files of 32-byte values. `build NAME` answers with nanoseconds and the kibibytes that the process then holds;
`ask COUNT` asks one by one and answers with the median and the 99th percentile in nanoseconds, and the number of values found. Only one index is
held at a time. Anything else answers `error` and why.
"""

import sys
import time

LIMIT = 31


def resident_kib():
    with open("/proc/self/status") as status:
        return next((int(line.split()[1]) for line in status if line.startswith("VmRSS:")), 0)


class Faiss:
    def __init__(self, values, make):
        import faiss
        import numpy

        faiss.omp_set_num_threads(1)
        self.index = make(faiss)
        self.index.add(numpy.frombuffer(values, dtype=numpy.uint8).reshape(-1, 32))

    def prepare(self, query):
        import numpy

        return numpy.frombuffer(query, dtype=numpy.uint8).reshape(1, 32)

    def ask(self, query):
        limits, _, _ = self.index.range_search(query, LIMIT + 1)
        return int(limits[-1])


def multi_hash(faiss):
    index = faiss.IndexBinaryMultiHash(256, 11, 23)
    index.nflip = 2
    return index


class ThreatExchange:
    def __init__(self, values):
        from threatexchange.signal_type.pdq.pdq_index import PDQIndex

        self.index = PDQIndex.build([(values[at:at + 32].hex(), at) for at in range(0, len(values), 32)])

    def prepare(self, query):
        return query.hex()

    def ask(self, query):
        return len(self.index.query(query))


INDEXES = {
    "flat": lambda values: Faiss(values, lambda faiss: faiss.IndexBinaryFlat(256)),
    "multihash": lambda values: Faiss(values, multi_hash),
    "pdqindex": ThreatExchange,
}


def main():
    values = queries = b""
    index = None
    for line in sys.stdin:
        words = line.rstrip("\n").split("\t")
        try:
            if words[0] == "values":
                values = open(words[1], "rb").read()
                said = "ok"
            elif words[0] == "queries":
                queries = open(words[1], "rb").read()
                said = "ok"
            elif words[0] == "build":
                index = None
                before = resident_kib()
                began = time.perf_counter_ns()
                index = INDEXES[words[1]](values)
                said = f"{time.perf_counter_ns() - began} {resident_kib() - before}"
            elif words[0] == "ask":
                prepared = [index.prepare(queries[at:at + 32]) for at in range(0, int(words[1]) * 32, 32)]
                times, found = [], 0
                for query in prepared:
                    began = time.perf_counter_ns()
                    found += index.ask(query)
                    times.append(time.perf_counter_ns() - began)
                times.sort()
                said = f"{times[len(times) // 2]} {times[len(times) * 99 // 100]} {found}"
            else:
                said = "error unknown command"
        except Exception as why:
            said = f"error {type(why).__name__}: {why}".replace("\n", " ")
        print(said, flush=True)


main()
