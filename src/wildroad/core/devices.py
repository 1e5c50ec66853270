"""Where the work is done, and how precisely."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # choices of a device are named without PyTorch, which takes seconds to import
    import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16"]


def choose_device(name: DeviceName) -> "torch.device":
    """Find the device: "auto" takes CUDA where there is one, then Apple's MPS, then the CPU.

    Raises:
        ValueError: The named device is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next((kind for kind, found in there.items() if found), "cpu"))
    if not there.get(name, True):
        raise ValueError(
            f"this machine has no {name} device: set params:compute.device to 'auto' or 'cpu'"
        )
    return torch.device(name)


def uses_bfloat16(precision: Precision, device: "torch.device") -> bool:
    """Whether to compute in bfloat16: asked for, or "auto" on a device that is built for it."""
    import torch

    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and cpu_has_bfloat16()


def cpu_has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 itself (AVX512-BF16 or AMX); elsewhere it is slower."""
    import torch

    capabilities = getattr(torch.cpu, "get_capabilities", dict[str, object])()
    return any(bool(capabilities.get(name)) for name in ("avx512_bf16", "amx_bf16"))
