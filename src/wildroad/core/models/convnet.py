"""The small convolutional network the larger models have to beat."""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu


class ConvNet(nn.Module):
    """Three 3 x 3 convolutions (32, 64, 128 maps), ReLU, max-pooling 4, 2, 2, a linear head.

    Args:
        classes: K outputs.
        image_size: Height and width of the input in pixels, at least 16.

    Raises:
        ValueError: The input is smaller than 16 pixels.
    """

    def __init__(self, *, classes: int, image_size: int) -> None:
        """Make the layers."""
        super().__init__()
        if image_size < 16:
            raise ValueError(
                f"the ConvNet pools by 16: an image size of {image_size} px is too small"
            )
        self.conv1 = nn.Conv2d(3, 32, kernel_size=3, stride=1, padding=1)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3, stride=1, padding=1)
        self.conv3 = nn.Conv2d(64, 128, kernel_size=3, stride=1, padding=1)
        side = image_size // 4 // 2 // 2
        self.head = nn.Linear(128 * side * side, classes)

    def features(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, D) flattened maps.

        Pooling comes before ReLU: the maximum commutes with it, and less is left to rectify.
        """
        maps = relu(max_pool2d(self.conv1(images), 4))
        maps = relu(max_pool2d(self.conv2(maps), 2))
        return relu(max_pool2d(self.conv3(maps), 2)).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, K) logits."""
        logits: Tensor = self.head(self.features(images))
        return logits
