import pytest
import torch

from wildroad.core.devices import choose_device, uses_bfloat16

CPU = torch.device("cpu")


def test_the_cpu_is_always_there_and_computes_in_float32_unless_asked():
    assert choose_device("cpu") == CPU
    assert not uses_bfloat16("auto", CPU)
    assert uses_bfloat16("bfloat16", CPU)


@pytest.mark.faults
def test_a_device_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"no cuda device: set params:compute\.device"):
        choose_device("cuda")


def test_auto_takes_what_is_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == CPU
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto").type == "mps"
