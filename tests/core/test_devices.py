import pytest
import torch

from wildroad.core.devices import choose_device, cpu_has_bfloat16, uses_bfloat16

CPU = torch.device("cpu")


def test_the_cpu_is_always_there_and_computes_as_asked():
    assert choose_device("cpu") == CPU
    assert uses_bfloat16("bfloat16", CPU)
    assert not uses_bfloat16("float32", CPU)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, False),
        ({"avx512_f": True, "avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"neon": True}, False),
    ],
)
def test_auto_is_bfloat16_on_a_cpu_that_multiplies_it(monkeypatch, found, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    assert uses_bfloat16("auto", CPU) == expected
    assert not uses_bfloat16("auto", torch.device("mps"))


def test_a_cpu_that_nothing_is_known_of_computes_in_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not cpu_has_bfloat16()


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
