"""Peers of the near search. Arguments: a file of 32-byte values, a file of 32-byte queries.

One line a peer: name, build seconds, median µs, 99th percentile µs, hits; or: name, "skipped", why. Separated by tabs.
"""

import sys
import time

LIMIT = 31


def report(name, build, ask, queries):
    try:
        began = time.perf_counter()
        index = build()
        built = time.perf_counter() - began
        times, hits = [], 0
        for query in queries:
            began = time.perf_counter()
            hits += ask(index, query)
            times.append((time.perf_counter() - began) * 1e6)
        times.sort()
        print(name, f"{built:.1f}", f"{times[len(times) // 2]:.1f}", f"{times[len(times) * 99 // 100]:.1f}", hits, sep="\t", flush=True)
    except Exception as why:
        print(name, "skipped", f"({type(why).__name__}: {why})".replace("\n", " "), sep="\t", flush=True)


def main():
    values, queries = (open(path, "rb").read() for path in sys.argv[1:3])
    count = len(values) // 32

    def faiss_flat():
        import faiss, numpy
        faiss.omp_set_num_threads(1)
        index = faiss.IndexBinaryFlat(256)
        index.add(numpy.frombuffer(values, dtype=numpy.uint8).reshape(-1, 32))
        return index

    def faiss_multi():
        import faiss, numpy
        faiss.omp_set_num_threads(1)
        index = faiss.IndexBinaryMultiHash(256, 11, 23)
        index.add(numpy.frombuffer(values, dtype=numpy.uint8).reshape(-1, 32))
        index.nflip = 2
        return index

    def ask_faiss(index, query):
        import numpy
        limits, _, _ = index.range_search(numpy.frombuffer(query, dtype=numpy.uint8).reshape(1, 32), LIMIT + 1)
        return int(limits[-1])

    def threatexchange():
        from threatexchange.signal_type.pdq.pdq_index import PDQIndex
        return PDQIndex.build([(values[at * 32:at * 32 + 32].hex(), at) for at in range(count)])

    asked = [queries[at:at + 32] for at in range(0, len(queries), 32)][:200]
    whole = len(queries) // 32
    # Fewer queries than ours, so the hits are scaled; every fifth query is a planted neighbour in both.
    scale = whole / len(asked)
    report("faiss IndexBinaryFlat", faiss_flat, lambda index, query: ask_faiss(index, query) * scale, asked)
    report("faiss IndexBinaryMultiHash 11x23", faiss_multi, lambda index, query: ask_faiss(index, query) * scale, asked)
    report("threatexchange PDQIndex", threatexchange, lambda index, query: len(index.query(query.hex())) * scale, asked)


main()
