import pytest
import torch
from torchvision.models import resnet18

from wildroad.core.models.classifiers import build_classifier


@pytest.mark.parity
@pytest.mark.parametrize("bfloat16", [False, True])
def test_pooling_before_rectifying_is_torchvisions_resnet_to_the_bit(bfloat16):
    ours = build_classifier("resnet18", classes=5, image_size=64, weights=None, seed=0)
    theirs = resnet18(num_classes=5)
    theirs.load_state_dict(ours.state_dict())
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    made = []
    for model in (ours, theirs):
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = model(images)
        logits.float().square().sum().backward()
        made.append((logits, [one.grad for one in model.parameters()]))
    assert torch.equal(made[0][0], made[1][0])
    assert all(torch.equal(one, other) for one, other in zip(made[0][1], made[1][1], strict=True))
