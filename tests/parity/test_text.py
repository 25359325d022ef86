"""Words, characters and hashes of texts, and scikit-learn's."""

import json
import unicodedata

import numpy as np
import pytest
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from step_parity import StepError, compare

WORDS = (
    "the The THE cat cats dog Dog bird I a x y2 2nd 100 under_score _ don't e-mail naïve Naïve café cafe\u0301 "
    "straße STRASSE Straße ΟΔΥΣΣΕΥΣ οδυσσεύς Σ ΑΣ ΑΣ\u0301 Σ\u0301Α İstanbul ISTANBUL ıspanak ﬁne ﬃ Ⅷ ⅷ ½ ² ①② ٣٤ "
    "日本語 日本 東京都 한국어 각 हिन्दी नमस्ते ไทย עברית العربية Привет ЁЖ ё Ǆ ǅ ǆ ͅᾼ ﷺ 𝔘𝔫𝔦 𐐀𐐨 👍🏽 👨‍👩‍👧 🇩🇪 e\u0301\u0327 Å Å ά ΐ"
).split()
SPACES = [" "] * 20 + ["  ", "\n", "\t ", "\u00a0", "\u2003", "\u3000", "\u200b", "\x1c", "\u0085", "\u2028", "\u180e"]
SIGMAS = "ΣσςαΑ.\u0301'\u0345İI"
SIGNS = [".", ", ", "!", "-", "'", "\u00ad", "\u200d", "\u0301", "\u0345", ":", "·", "(", "_"]


def any_character(random):
    while True:
        character = chr(int(random.integers(0x110000 if random.random() < 0.5 else 0x3000)))
        if unicodedata.category(character) not in ("Cn", "Cs"):  # ICU may know more characters than Python does
            return character


def word(random):
    kind = random.random()
    if kind < 0.85:
        return WORDS[random.integers(len(WORDS))]
    if kind < 0.93:
        return "".join(any_character(random) for _ in range(random.integers(1, 6)))
    return "".join(SIGMAS[random.integers(len(SIGMAS))] for _ in range(random.integers(1, 8)))


def text(random):
    parts = []
    for _ in range(random.integers(0, 12)):
        parts += [word(random), (SPACES if random.random() < 0.8 else SIGNS)[random.integers(11)]]
        parts.append(SPACES[random.integers(len(SPACES))] if random.random() < 0.5 else "")
    return "".join(parts)


def texts(random, rows):
    """Of several scripts; one in twenty is missing."""
    return [None if random.random() < 0.05 else text(random) for _ in range(rows)]


def filled(column):
    """scikit-learn refuses a missing text; ours is as an empty one."""
    return ["" if cell is None else cell for cell in column]


def run(harness, step, origin, train, test):
    names, fitted, made = harness.run(f"[{step}]", {"t": "text"}, {"t": train}, {"t": test})
    wanted = origin.fit_transform(filled(train)), origin.transform(filled(test))
    assert names == list(origin.get_feature_names_out())
    return (fitted, wanted[0]), (made, wanted[1])


COUNTS = [
    {"max_features": 300},
    {"max_features": 200, "lowercase": False},
    {"max_features": 200, "strip_accents": "unicode"},
    {"max_features": 200, "strip_accents": "ascii", "lowercase": False},
    {"max_features": 200, "ngram_range": (1, 3), "binary": True},
    {"max_features": 200, "ngram_range": (2, 2), "stop_words": ["the", "dog", "日本語", "café"]},
    {"max_features": 200, "token_pattern": r"(?u)\b\w+\b"},
    {"max_features": 200, "token_pattern": r"\S+"},
    {"max_features": 200, "token_pattern": r"\b\w\w\w\w+\b"},
    {"max_features": 200, "analyzer": "char", "ngram_range": (1, 3)},
    {"max_features": 200, "analyzer": "char_wb", "ngram_range": (2, 6)},
    {"max_features": 200, "analyzer": "char_wb", "ngram_range": (4, 8), "strip_accents": "unicode"},
    {"min_df": 0.01, "max_df": 0.04},
    {"min_df": 6, "max_df": 30},
    {"vocabulary": ["dog", "οδυσσευς", "οδυσσευσ", "istanbul", "i\u0307stanbul", "½", "日本語", "the", "absent"]},
]


def without_ties(origin, parameters, train):
    """max_features that cuts between two terms of different frequency: scikit-learn leaves ties open."""
    if "max_features" not in parameters:
        return parameters
    everything = origin(**{**parameters, "max_features": None})
    totals = np.sort(np.asarray(everything.fit_transform(filled(train)).sum(axis=0)).ravel())[::-1]
    limit = parameters["max_features"]
    while limit < len(totals) and totals[limit - 1] == totals[limit]:
        limit += 1
    return {**parameters, "max_features": limit}


def yaml_of(parameters):
    return json.dumps(parameters)


@pytest.mark.parametrize("number", range(len(COUNTS)))
def test_count_vectorizer(harness, worst, seed, number):
    random = np.random.default_rng([seed, number])
    train, test = texts(random, 400), texts(random, 400)
    parameters = without_ties(CountVectorizer, COUNTS[number], train)
    origin = CountVectorizer(**parameters)
    for ours, theirs in run(harness, f"CountVectorizer: {yaml_of(parameters)}", origin, train, test):
        compare(worst, "CountVectorizer", ours, theirs)


@pytest.mark.parametrize("number", range(8))
def test_tfidf_vectorizer(harness, worst, seed, number):
    random = np.random.default_rng([seed, 100 + number])
    train, test = texts(random, 800), texts(random, 800)
    parameters = {
        "min_df": 8,
        "norm": ["l1", "l2", None][number % 3],
        "use_idf": number != 3,
        "smooth_idf": number % 2 == 0,
        "sublinear_tf": number % 4 > 1,
        "binary": number == 5,
    }
    origin = TfidfVectorizer(**parameters)
    for ours, theirs in run(harness, f"TfidfVectorizer: {yaml_of(parameters)}", origin, train, test):
        compare(worst, "TfidfVectorizer", ours, theirs)


@pytest.mark.parametrize("options", [{}, {"strip_accents": "unicode"}, {"analyzer": "char_wb", "ngram_range": (2, 2)}])
def test_every_character_counts_as_it_does_in_python(harness, worst, options):
    """All assigned characters (of the letters without case one in forty), each between two letters."""
    known = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs", "Co", "Lo")]
    known += [c for c in map(chr, range(0x110000)) if unicodedata.category(c) == "Lo"][::40]
    for start in range(0, len(known), 1_000):
        some = known[start : start + 1_000]
        rows = ["word " + " ".join(f"a{c}b" for c in some[i : i + 250]) for i in range(0, len(some), 250)]
        for ours, theirs in run(harness, f"CountVectorizer: {yaml_of(options)}", CountVectorizer(**options), rows, rows):
            compare(worst, "CountVectorizer", ours, theirs)


def hasher_rows(random, rows):
    return {
        "city": [[None, "Paris", "Malmö", "東京", "x" * 40][i] for i in random.integers(5, size=rows)],
        "free": [None if random.random() < 0.1 else text(random)[:20] for _ in range(rows)],
        "number": np.where(random.random(rows) < 0.2, np.nan, random.normal(0, 3, rows)),
        "zero": np.zeros(rows),
    }


@pytest.mark.parametrize("sign", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_feature_hasher(harness, worst, seed, sign, size):
    random = np.random.default_rng([seed, size])
    fields = {"city": "category", "free": "text", "number": "number", "zero": "number"}
    train, test = hasher_rows(random, 400), hasher_rows(random, 400)

    def samples(columns, pairs):
        for cells in zip(*(columns[name] for name in fields)):
            row = {k: v for k, v in zip(fields, cells) if v is not None and v == v}
            yield row if pairs else [v for v in row.values() if isinstance(v, str)]

    for pairs in (True, False):
        origin = FeatureHasher(n_features=size, alternate_sign=sign, input_type="dict" if pairs else "string")
        kinds = fields if pairs else {k: v for k, v in fields.items() if v != "number"}
        step = f"FeatureHasher: {{n_features: {size}, alternate_sign: {str(sign).lower()}, input_type: {origin.input_type}}}"
        names, fitted, made = harness.run(f"[{step}]", kinds, train, test)
        assert names == [f"featurehasher{i}" for i in range(size)]
        compare(worst, "FeatureHasher", fitted, origin.transform(samples(train, pairs)))
        compare(worst, "FeatureHasher", made, origin.transform(samples(test, pairs)))


@pytest.mark.parametrize(
    ("step", "column", "message"),
    [
        ("CountVectorizer", ["a", ". !", None], "a word that counts"),
        ("CountVectorizer: {min_df: 3}", ["cat", "dog", "cat"], "within min_df and max_df, got none of 2"),
        ("TfidfVectorizer: {vocabulary: [cat, dog], smooth_idf: false}", ["cat", "bird"], "got none with 'dog'"),
        ("CountVectorizer: {analyzer: char, ngram_range: [5, 5]}", ["abcd"], "a word that counts"),
    ],
)
def test_texts_that_teach_nothing_are_refused(harness, step, column, message):
    with pytest.raises(StepError, match=message) as refused:
        harness.run(f"[{step}]", {"t": "text"}, {"t": column})
    assert refused.value.kind == "DataError"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("CountVectorizer: {token_pattern: '(a+)+$'}", "other regular expressions are not built"),
        ("CountVectorizer: {stop_words: english}", "no language's list is built in"),
        ("CountVectorizer: {ngram_range: [2, 1]}", r"got \[2, 1\]"),
        ("CountVectorizer: {ngram_range: [1, 11]}", r"got \[1, 11\]"),
        ("CountVectorizer: {max_df: 1.5}", "a share from 0.0 to 1.0"),
        ("CountVectorizer: {min_df: 0}", "a number of rows from 1"),
        ("CountVectorizer: {max_features: 0}", "at least 1"),
        ("CountVectorizer: {vocabulary: [x, x]}", "'x' twice"),
        ("CountVectorizer: {dtype: int64}", "got 'dtype'"),
        ("FeatureHasher", "the key 'n_features'"),
        ("FeatureHasher: {n_features: 1048576}", "1 to 65536 columns"),
        ("FeatureHasher: {n_features: 4, input_type: pair}", "one of dict, string"),
    ],
)
def test_what_is_not_built_is_refused(harness, step, message):
    with pytest.raises(StepError, match=message) as refused:
        harness.run(f"[{step}]", {"t": "text"}, {"t": ["cat"]})
    assert refused.value.kind == "ConfigError"


@pytest.mark.parametrize("step", ["CountVectorizer", "TfidfVectorizer"])
@pytest.mark.parametrize("fields", [{"t": "number"}, {"t": "category"}, {"t": "text", "u": "text"}])
def test_one_text_column_is_wanted(harness, step, fields):
    cells = [1.0] if fields["t"] == "number" else ["cat"]
    with pytest.raises(StepError, match=f"pipeline, {step}") as refused:
        harness.run(f"[{step}]", fields, dict.fromkeys(fields, cells))
    assert refused.value.kind == "ConfigError"
