import platform
from hashlib import sha256

import torch

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, encode_checkpoint
from wildroad.core.provenance import device_name, provenance, versions


def test_the_checksum_is_that_of_the_file():
    facts = CheckpointFacts("classification", "convnet", ("a",), 8, 8)
    checkpoint = Checkpoint(facts, {"weight": torch.arange(3.0)})
    found = provenance(checkpoint, device_name(torch.device("cpu")))
    assert found["sha256"] == sha256(encode_checkpoint(checkpoint)).hexdigest()


def test_versions_are_those_that_run():
    assert versions().startswith(f"Python {platform.python_version()}, wildroad ")
    assert f"torch {torch.__version__.split('+')[0]}" in versions()


def test_a_cpu_is_named_with_the_threads_in_use():
    assert device_name(torch.device("cpu")).endswith(f"threads: {torch.get_num_threads()})")
    assert device_name(torch.device("mps")) == "mps"
