"""What all segmenters have in common.

Shapes: N images, K classes, H x W pixels of the input, h x w of the logits.
"""

from abc import abstractmethod

from torch import Tensor, nn
from torch.nn import functional


class Segmenter(nn.Module):
    """A model that gives every pixel of an image one logit a class.

    Attributes:
        output_stride: Input pixels per pixel of the deepest feature.
        class_layers: Prefixes of the parameters that have a row for each class.
    """

    output_stride: int
    class_layers: tuple[str, ...]

    @abstractmethod
    def decoder_logits(self, images: Tensor) -> Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, K, h, w), not yet upsampled."""

    def forward(self, images: Tensor) -> Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, K, H, W)."""
        return resized(self.decoder_logits(images), like=images)


def resized(features: Tensor, *, like: Tensor) -> Tensor:
    """Interpolate to the height and width of another tensor."""
    return functional.interpolate(
        features, size=like.shape[-2:], mode="bilinear", align_corners=False
    )
