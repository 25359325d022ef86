"""Texts as numbers: vectorizers and FeatureHasher."""

import re

import numpy

from .columns import numbers_named
from .steps import converter

# The service has no other regular expressions: an event's author could slow them down.
WORDS = re.compile(r"(?:\(\?u\))?\\b((?:\\w)+)\+\\b")
NON_SPACES = re.compile(r"(?:\(\?u\))?((?:\\S)+)\+")
MAX_COLUMNS = 65_536
MAX_WORDS = 10
MAX_CHARACTERS = 64


@converter("sklearn.CountVectorizer")
def count_vectorizer(step, columns, scope):
    dtype = numpy.dtype(step.dtype)
    if dtype not in (numpy.int64, numpy.int32, numpy.float64, numpy.float32):
        scope.refuse("dtype int64 or float64", f"dtype={dtype}")
    terms = _terms(step, scope)
    scope.add("CountVectorizer", **_counts(step, columns, terms, scope))
    return numbers_named(terms, dtype=dtype, sparse=True)


@converter("sklearn.TfidfVectorizer")
def tfidf_vectorizer(step, columns, scope):
    _require_float64(step, scope)
    terms = _terms(step, scope)
    scope.add("TfidfVectorizer", **_counts(step, columns, terms, scope), **_weights(step, scope))
    return numbers_named(terms, sparse=True)


@converter("sklearn.TfidfTransformer")
def tfidf_transformer(step, columns, scope):
    """The weights of the counts that the step before it makes."""
    before = scope.steps[-1] if scope.steps else {"step": None}
    if before["step"] != "CountVectorizer" or before["terms"] != [column.name for column in columns]:
        expected = "a CountVectorizer right before it in a Pipeline, or TfidfVectorizer instead of both"
        scope.refuse(expected, "other steps")
    if columns[0].dtype == numpy.float32:
        scope.refuse("dtype int64 or float64 of the CountVectorizer", "dtype=float32")
    before.update(step="TfidfVectorizer", **_weights(step, scope))
    return numbers_named((column.name for column in columns), sparse=True)


@converter("sklearn.FeatureHasher")
def feature_hasher(step, columns, scope):
    """Rows of texts; pairs and dicts come from no frame."""
    scope.parameter(step, "input_type", "string")
    if step.n_features > MAX_COLUMNS:
        scope.refuse(f"n_features of at most {MAX_COLUMNS}", str(step.n_features))
    scope.add(
        "FeatureHasher",
        columns=[scope.text(column).name for column in columns],
        num_features=int(step.n_features),
        pairs=False,
        alternate_sign=bool(step.alternate_sign),
    )
    names = (f"featurehasher{place}" for place in range(step.n_features))
    return numbers_named(names, dtype=numpy.dtype(step.dtype), sparse=True)


def _require_float64(step, scope):
    if numpy.dtype(step.dtype) != numpy.float64:
        scope.refuse("dtype=float64", f"dtype={numpy.dtype(step.dtype)}")


def _counts(step, columns, terms, scope):
    """The state of the service's CountVectorizer, with which TfidfVectorizer's begins."""
    if len(columns) != 1:
        scope.refuse("one text column", f"{len(columns)} columns")
    return {
        "column": scope.text(columns[0]).name,
        **_analysis(step, scope),
        "terms": terms,
        "binary": bool(step.binary),
    }


def _analysis(step, scope):
    """The state of the service's TextOptions."""
    scope.parameter(step, "input", "content")
    for name in ("preprocessor", "tokenizer"):
        scope.parameter(step, name, None)
    scope.parameter(step, "analyzer", "word", "char", "char_wb")
    scope.parameter(step, "strip_accents", None, "unicode", "ascii")
    least, greatest = step.ngram_range
    if greatest > MAX_WORDS:
        scope.refuse(f"an ngram_range up to {MAX_WORDS}", str(step.ngram_range))
    word_of, min_word = _pattern(step, scope) if step.analyzer == "word" else ("word_characters", 2)
    stop_words = step.get_stop_words() if step.analyzer == "word" else None
    return {
        "lowercase": bool(step.lowercase),
        "strip_accents": step.strip_accents or "none",
        "analyzer": step.analyzer,
        "word_of": word_of,
        "min_word": min_word,
        "min_n": int(least),
        "max_n": int(greatest),
        "stop_words": sorted(stop_words or []),
    }


def _pattern(step, scope):
    """(what words are made of, the least number of characters)."""
    pattern = step.token_pattern if isinstance(step.token_pattern, str) else ""
    for word_of, form in (("word_characters", WORDS), ("non_spaces", NON_SPACES)):
        found = form.fullmatch(pattern)
        if found and len(found[1]) // 2 <= MAX_CHARACTERS:
            return word_of, len(found[1]) // 2
    return scope.refuse(r"token_pattern r'(?u)\b\w\w+\b' with one \w or more, or r'\S+'", repr(pattern)[:80])


def _terms(step, scope):
    terms = sorted(step.vocabulary_, key=step.vocabulary_.get)
    for term in terms:
        if not isinstance(term, str):
            scope.refuse("a vocabulary of texts", repr(term)[:80])
    if len(terms) > MAX_COLUMNS:
        scope.refuse(f"max_features of at most {MAX_COLUMNS}", f"{len(terms)} terms")
    return terms


def _weights(step, scope):
    idf = scope.finite(step.idf_, "inverse document frequencies") if step.use_idf else []
    return {"norm": step.norm or "none", "sublinear_tf": bool(step.sublinear_tf), "idf": idf}
