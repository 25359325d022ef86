"""JSON files of the export format: float64 to the last bit, whole or not at all."""

import errno
import json
import math
import os
import tempfile

import numpy

SPECIAL = {math.inf: "Infinity", -math.inf: "-Infinity"}


def to_text(document):
    """JSON with NaN as null, infinities as texts, numbers as short as they read back alike."""
    return json.dumps(_plain(document), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_whole(path, text):
    """Writes a file in UTF-8 that others see complete or not at all. Raises OSError naming ``path``."""
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        # A new file in its place would end a device or a pipe that others use.
        raise FileExistsError(errno.EEXIST, "not a regular file", path)
    try:
        _write_and_rename(path, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def _write_and_rename(path, text):
    handle, name = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        os.chmod(name, 0o666 & ~_umask())  # mkstemp's are nobody else's to read
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask():
    """Which permissions new files do not get; asking for it sets it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return _plain_list(value)
    if isinstance(value, numpy.ndarray):
        return _plain_list(value.ravel().tolist())
    if isinstance(value, numpy.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else SPECIAL[value]
    return value


def _plain_list(values):
    # Trees are long lists of numbers: most need no second look.
    kinds = set(map(type, values))
    if kinds <= {int, str, bool} or (kinds == {float} and all(map(math.isfinite, values))):
        return list(values)
    return [_plain(one) for one in values]
