"""Prints tests/telemetry/drift_reference.txt: counts per bin, and what scipy and numpy say of them.

    python drift_reference.py [SEED] > drift_reference.txt     (needs numpy and scipy)

Each case is five lines: its name; the counts; the baseline's counts; the bins' positions; and PSI,
Jensen-Shannon distance, Kolmogorov-Smirnov, chi-square's p-value and Wasserstein distance.
"""

import sys
from decimal import Decimal, getcontext

import numpy
import scipy
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, wasserstein_distance

SEED = 20261121
LEAST_SHARE = 1e-4
MOST_BINS = 53
getcontext().prec = 60


def psi(counts, baseline):
    p = numpy.maximum(counts / counts.sum(), LEAST_SHARE)
    q = numpy.maximum(baseline / baseline.sum(), LEAST_SHARE)
    return float(((p - q) * numpy.log(p / q)).sum())


def exact_js_distance(counts, baseline):
    """The definition in 60 digits."""
    p = [Decimal(int(n)) / int(counts.sum()) for n in counts]
    q = [Decimal(int(n)) / int(baseline.sum()) for n in baseline]
    middle = [(a + b) / 2 for a, b in zip(p, q)]
    parts = [s * (s / m).ln() for side in (p, q) for s, m in zip(side, middle) if s]
    return float(max(sum(parts) / 2, Decimal(0)).sqrt())


def js_distance(counts, baseline):
    """scipy's, but where it has lost its digits: it takes the root of a difference near 0."""
    exact = exact_js_distance(counts, baseline)
    if exact < 1e-6:
        return exact
    found = float(jensenshannon(counts, baseline))
    assert abs(found - exact) < 1e-10, (found, exact)
    return found


def ks(counts, baseline):
    distance = numpy.cumsum(counts) / counts.sum() - numpy.cumsum(baseline) / baseline.sum()
    return float(numpy.abs(distance).max())


def chi2_pvalue(counts, baseline):
    table = numpy.array([counts, baseline], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    return float(chi2_contingency(table, correction=False).pvalue)


def wasserstein(counts, baseline, positions):
    return float(wasserstein_distance(positions, positions, counts, baseline))


def side(random, bins, exponent, empty, concentrated):
    """Counts that sum to about 10^exponent."""
    shares = random.dirichlet(numpy.full(bins, 50.0 if random.random() < 0.3 else 0.7))
    shares[random.random(bins) < empty] = 0.0
    if concentrated:
        shares[:] = 0.0
    shares[random.integers(bins)] += 1.0 if concentrated else 1e-3
    return numpy.ceil(shares / shares.sum() * 10.0**exponent).astype(numpy.int64)


def places(random, bins):
    steps = random.exponential(10.0 ** random.uniform(-6, 6), bins)
    steps[random.random(bins) < 0.1] = 0.0
    return random.normal() * 10.0 ** random.uniform(-3, 6) + numpy.cumsum(steps)


def random_cases(random):
    for number in range(110):
        bins = int(random.choice([2, 3, 5, 10, 12, 13, 21, MOST_BINS]))
        here = side(random, bins, random.uniform(0.5, 12), random.choice([0, 0.3, 0.8]), number % 11 == 0)
        there = side(random, bins, random.uniform(0.5, 12), random.choice([0, 0, 0.5]), number % 13 == 0)
        yield f"random-{number}", here, there, places(random, bins)
    for number in range(60):
        bins = int(random.choice([2, 3, 5, 10, 12, 13, 21, MOST_BINS]))
        shares = random.dirichlet(numpy.full(bins, 5.0))
        here, there = (random.multinomial(int(random.choice([500, 5_000, 50_000])), shares) for _ in range(2))
        yield f"alike-{number}", here, there, places(random, bins)
    for number in range(10):
        there = side(random, 10, 12, 0.0, False)
        here = there.copy()
        here[number % 10] += 10**number // 10
        yield f"nearly-{number}", here, there, places(random, 10)


def extreme_cases():
    line = numpy.arange
    yield "one-bin", [7], [3], line(1)
    yield "same", [1, 2, 3], [10, 20, 30], line(3)
    yield "apart", [10, 0], [0, 10], line(2)
    yield "all-new", [0, 0, 5], [2, 3, 0], line(3)
    yield "empty-on-both", [0, 4, 0, 6, 0], [0, 5, 0, 5, 0], line(5)
    yield "one-left", [0, 4, 0], [0, 9, 0], line(3)
    yield "one-event", [1, 0, 0], [5, 6, 7], line(3)
    yield "greatest", [10**12] * MOST_BINS, [1] * MOST_BINS, line(MOST_BINS)
    yield "greatest-apart", [10**12, 0], [0, 10**12], [-1e12, 1e12]
    yield "rare", [10**12, 1], [10**12, 0], line(2)
    yield "below-the-least-share", [99_999, 1], [99_990, 10], line(2)
    yield "one-place", [1, 9], [9, 1], [4.5, 4.5]
    yield "far", [1, 2, 3], [3, 2, 1], [-1e300, 0.0, 1e300]
    yield "near", [1, 2, 3], [3, 2, 1], [1.0, 1.0 + 2**-52, 1.0 + 2**-51]
    yield "likely", [5_000, 5_100], [50_000, 50_000], line(2)
    yield "unlikely", [5_000, 9_000], [50_000, 50_000], line(2)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else SEED
    print(f"# drift_reference.py {seed}, scipy {scipy.__version__}, numpy {numpy.__version__}")
    cases = [*extreme_cases(), *random_cases(numpy.random.default_rng(seed))]
    for name, counts, baseline, positions in cases:
        counts, baseline = (numpy.asarray(n, dtype=numpy.int64) for n in (counts, baseline))
        positions = numpy.asarray(positions, dtype=float)
        figures = (
            psi(counts, baseline),
            js_distance(counts, baseline),
            ks(counts, baseline),
            chi2_pvalue(counts, baseline),
            wasserstein(counts, baseline, positions),
        )
        assert numpy.isfinite(figures).all(), (name, figures)
        print(name)
        for row in (counts, baseline, positions, figures):
            print(*(format(value, "d" if row is counts or row is baseline else ".17g") for value in row))


if __name__ == "__main__":
    main()
