import threading

import pytest

from wildroad.core.lazy import LazyMapping, OnePass, read_ahead


def test_a_value_is_read_at_every_look_up():
    seen = []
    mapping = LazyMapping(["a", "b"], lambda key: seen.append(key) or key.upper())
    assert (mapping["b"], mapping["b"]) == ("B", "B")
    assert seen == ["b", "b"]


def test_whether_an_id_is_there_is_known_without_reading_it():
    mapping = LazyMapping(["a"], lambda key: pytest.fail(f"read {key}"))
    assert "a" in mapping
    assert "z" not in mapping
    stream = OnePass(["a"], iter([("a", 1)]))
    assert "a" in stream
    assert stream["a"] == 1


def test_origins_are_known_before_a_value_is_read():
    mapping = LazyMapping(["a"], lambda key: pytest.fail(f"read {key}"), origins={"a": "paper"})
    assert mapping.origins == {"a": "paper"}
    assert LazyMapping(["a"], str).origins == {}


def test_an_id_given_twice_is_refused():
    with pytest.raises(ValueError, match="1 of 3 ids stand more than once"):
        LazyMapping(["a", "b", "a"], str)


def test_an_unknown_id_is_a_key_error_and_is_not_read():
    with pytest.raises(KeyError, match="z"):
        LazyMapping(["a"], lambda key: pytest.fail(f"read {key}"))["z"]


def test_reading_ahead_keeps_the_order_and_holds_few_values():
    alive, peak, lock = 0, 0, threading.Lock()

    def read(key):
        nonlocal alive, peak
        with lock:
            alive += 1
            peak = max(peak, alive)
        return key

    keys = [str(number) for number in range(100)]
    order = []
    for key, value in read_ahead(LazyMapping(keys, read), workers=4):
        assert key == value
        order.append(key)
        with lock:
            alive -= 1
    assert order == keys
    assert peak <= 9


def test_an_error_while_reading_ahead_reaches_the_reader():
    def read(key):
        if key == "bad":
            raise ValueError("bad is damaged")
        return key

    with pytest.raises(ValueError, match="bad is damaged"):
        list(read_ahead(LazyMapping(["good", "bad"], read), workers=2))


def test_a_stream_is_a_mapping_read_once_in_order():
    mapping = OnePass(["a", "b"], iter([("a", 1), ("b", 2)]))
    assert dict(read_ahead(mapping, workers=1)) == {"a": 1, "b": 2}
    with pytest.raises(KeyError, match="the stream is at its end"):
        mapping["a"]


def test_a_stream_read_out_of_order_is_refused():
    with pytest.raises(KeyError, match="b was asked for, and the stream is at a"):
        OnePass(["a", "b"], iter([("a", 1), ("b", 2)]))["b"]
