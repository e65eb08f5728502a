"""Whatever the codec takes comes back the same, bit for bit."""

import contextlib
import math
import random
import struct
import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab.cache import UncacheableError
from tailor_lab.cache.encoding.codec import decode, encode

floats = st.floats() | st.floats(width=32) | st.integers(-999, 999).map(lambda n: n / 100)
atoms = (
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | floats
    | st.text()
    | st.binary()
    | st.datetimes(timezones=st.sampled_from([None, UTC, ZoneInfo("Europe/Berlin")]))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
)
keys = st.none() | st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.text())
values = st.recursive(
    atoms | st.lists(floats, min_size=16, max_size=40),
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


def bits(value):
    """The value in a form whose equality also compares types, signs of zero and nan."""
    if type(value) is float:
        return "float", "nan" if math.isnan(value) else struct.pack(">d", value)
    if isinstance(value, list | tuple):
        return type(value), [bits(item) for item in value]
    if isinstance(value, dict):
        return "dict", [(bits(k), bits(v)) for k, v in value.items()]
    if isinstance(value, datetime):
        return value.isoformat(), value.fold, value.tzinfo
    return type(value), value


@pytest.mark.slow
@given(values)
def test_values_come_back_exactly(value):
    assert bits(decode(encode(value))) == bits(value)


def test_a_column_of_decimals_keeps_the_sign_of_zero():
    column = [0.0] * 14 + [0.007812, -0.0]
    assert bits(decode(encode(column))) == bits(column)


@pytest.mark.slow
@given(st.lists(st.floats(width=32, allow_nan=False), min_size=16, max_size=200))
def test_columns_of_float32_come_back_exactly(column):
    shortest = [float(str(np.float32(number))) for number in column]
    for variant in (column, shortest, [round(number, 6) for number in column]):
        assert bits(decode(encode(variant))) == bits(variant)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1", "?", "c16", "M8[ns]", "U5"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back_with_type_shape_and_order(dtype, order):
    array = np.array(np.arange(24).reshape(4, 6).astype(dtype), order=order)
    again = decode(encode(array))
    assert again.dtype == array.dtype
    assert again.flags.f_contiguous == array.flags.f_contiguous
    np.testing.assert_array_equal(again, array)


def test_frames_come_back_equal():
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"], "c": [[1.5], []]})
    assert decode(encode(frame)).equals(frame)


@given(st.binary(max_size=200))
def test_bytes_that_nobody_encoded_are_a_value_error_or_a_value(data):
    try:
        decode(data)
    except ValueError:
        return


def test_a_frame_with_any_byte_changed_is_read_or_refused_and_never_a_panic():
    frame = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    data, rng = encode(frame), random.Random(1)
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            broken[rng.randrange(1, len(broken))] = rng.randrange(256)
        with contextlib.suppress(ValueError):
            decode(bytes(broken))


def test_an_identifier_comes_back_and_a_refusal_names_the_place_in_a_list():
    name = uuid.UUID(int=7)
    assert decode(encode([name, {"a": name}])) == [name, {"a": name}]
    with pytest.raises(UncacheableError, match=r"value\['a'\]\[1\]\['b'\]\[1\], a builtins.object"):
        encode({"a": [1, {"b": [2, object()]}]})
