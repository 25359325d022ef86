"""Scores the JSON lines on standard input from Python, through the C header: score.py LIBTIDEMILL MODEL < EVENTS"""

import ctypes
import sys


class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]

    @classmethod
    def of(cls, content):
        return cls(ctypes.cast(content, ctypes.c_void_p), len(content))

    def bytes(self):
        return ctypes.string_at(self.data, self.size) if self.data else None


class Error(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * 1024)]


class Result(ctypes.Structure):
    _fields_ = [
        ("error_stage", ctypes.c_char_p),
        ("error_reason", ctypes.c_char_p),
        ("error_detail", ctypes.c_char_p),
        ("score", ctypes.c_double),
        ("label", Text),
        ("event_id", Text),
        ("event_time_us", ctypes.c_int64),
        ("has_event_time", ctypes.c_int32),
        ("probability_count", ctypes.c_int32),
        ("probabilities", ctypes.POINTER(ctypes.c_double)),
    ]


def load(path):
    library = ctypes.CDLL(path)
    if library.tidemill_abi() != 1:
        sys.exit("score.py: made for another libtidemill")
    library.tidemill_model_load.restype = ctypes.c_void_p
    library.tidemill_scorer_new.restype = ctypes.c_void_p
    library.tidemill_scorer_new.argtypes = [ctypes.c_void_p]
    library.tidemill_score.restype = ctypes.POINTER(Result)
    library.tidemill_score.argtypes = [ctypes.c_void_p, ctypes.POINTER(Text), ctypes.c_size_t]
    library.tidemill_prediction.restype = Text
    library.tidemill_prediction.argtypes = [ctypes.c_void_p, ctypes.c_size_t, Text]
    return library


def main(library_path, model_path):
    library = load(library_path)
    error = Error()
    model = library.tidemill_model_load(model_path.encode(), ctypes.byref(error))
    if not model:
        sys.exit(f"score.py: {error.text.decode()}")
    scorer = library.tidemill_scorer_new(model)
    lines = sys.stdin.buffer.read().splitlines()
    events = (Text * len(lines))(*map(Text.of, lines))
    results = library.tidemill_score(scorer, events, len(lines))
    for number in range(len(lines)):
        if results[number].error_stage:
            print(f"line {number}: {results[number].error_detail.decode()}", file=sys.stderr)
            continue
        name = b"-/0/%d" % number
        sys.stdout.buffer.write(library.tidemill_prediction(scorer, number, Text.of(name)).bytes() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
