"""Numbers on a benchmark's command line: load is bounded."""

import argparse


def bounded(low, high, kind=int):
    """An argparse type: a number of that kind from `low` to `high`."""

    def convert(text):
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected {low} to {high}, got {value}")
        return value

    return convert
