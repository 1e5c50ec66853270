import os
import re
import signal

import pytest
from kedro.io import DatasetError

from wildroad.runs.failures import in_one_line, told_in_one_line
from wildroad.runs.interruption import Interrupted, ends_in_order


def test_an_error_that_says_what_to_do_is_its_own_words():
    assert in_one_line(ValueError("the folder is empty")) == "The run stopped: the folder is empty"


def test_what_kedro_wrapped_is_unwrapped():
    error = DatasetError("Failed while saving")
    error.__cause__ = OSError("the disk is full")
    assert in_one_line(error) == "The run stopped: the disk is full"


def test_another_error_is_kept_with_its_traceback():
    try:
        raise KeyError("ours")
    except KeyError as error:
        line = in_one_line(error)
    assert line.startswith("The run stopped: an error of wildroad itself, KeyError: 'ours'\n")
    (place,) = re.findall(r"The traceback is in (\S+)$", line)
    with open(place) as file:
        assert "test_failures.py" in file.read()
    os.unlink(place)


def test_a_failure_ends_the_program_with_one(capsys):
    with pytest.raises(SystemExit) as caught, told_in_one_line(with_traceback=False):
        raise ValueError("wrong")
    assert caught.value.code == 1
    assert capsys.readouterr().err == "\nThe run stopped: wrong\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_an_interruption_inside_the_block_and_as_before_outside(number):
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as caught, ends_in_order():
        os.kill(os.getpid(), number)
    assert (caught.value.name, caught.value.exit_code) == (number.name, 128 + number)
    assert signal.getsignal(number) is before
