"""The reference binding of PDQ and libjpeg-turbo, measured by the benchmarks: a line in, a line out.

`pixels PATH WIDTH HEIGHT` takes raw RGB, `file PATH` a picture; both answer `ok`. `pdqhash`, `decode` and `quarter` each run once and answer with
the nanoseconds that took, and `pdqhash` with the fingerprint in hex. Words are separated by tabs. Anything else answers `error` and why.
"""

import io
import sys
import time

import numpy
import pdqhash
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
pixels = None
content = None


def fingerprint():
    bits, _quality = pdqhash.compute(pixels)
    return numpy.packbits(bits).tobytes().hex()


def decode():
    # Without `convert`, which would copy a picture that is RGB already.
    Image.open(io.BytesIO(content)).load()
    return ""


def quarter():
    picture = Image.open(io.BytesIO(content))
    picture.draft("RGB", (picture.width // 4, picture.height // 4))
    picture.load()
    return ""


def answer(words):
    global pixels, content
    match words:
        case ["pixels", path, width, height]:
            pixels = numpy.fromfile(path, dtype=numpy.uint8).reshape(int(height), int(width), 3)
            return "ok"
        case ["file", path]:
            with open(path, "rb") as file:
                content = file.read()
            return "ok"
        case [("pdqhash" | "decode" | "quarter") as name]:
            once = {"pdqhash": fingerprint, "decode": decode, "quarter": quarter}[name]
            start = time.perf_counter_ns()
            result = once()
            return f"{time.perf_counter_ns() - start} {result}"
    return "error unknown command"


for line in sys.stdin:
    try:
        print(answer(line.rstrip("\n").split("\t")), flush=True)
    except Exception as why:
        print("error", " ".join(str(why).split()), flush=True)
