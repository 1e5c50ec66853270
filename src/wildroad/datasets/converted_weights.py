"""Where the safetensors version of a public checkpoint is kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from kedro.io import AbstractDataset, DatasetError
from safetensors import SafetensorError, safe_open

from wildroad.datasets.atomic import write_file

if TYPE_CHECKING:  # a catalog is made without PyTorch, which takes seconds to import
    from torch import Tensor


class ConvertedWeightsFile:
    """Keeps the weights of one public checkpoint in one file, with the hash of their source.

    Args:
        path: The .safetensors file.
    """

    def __init__(self, path: Path) -> None:
        """Remember the place."""
        self.path = path

    def load(self, sha256: str) -> "dict[str, Tensor] | None":
        """Give the weights read from the file of this hash; None where others are kept or none."""
        try:
            with safe_open(self.path, framework="pt") as opened:
                if (opened.metadata() or {}).get("source_sha256") != sha256:
                    return None
                return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        except (SafetensorError, OSError):
            return None

    def save(self, sha256: str, source: str, weights: "dict[str, Tensor]") -> None:
        """Write the weights and where they came from, whole or not at all."""
        from safetensors.torch import save

        tensors = {name: tensor.contiguous() for name, tensor in weights.items()}
        origin = {"source": source, "source_sha256": sha256}
        write_file(self.path, save(tensors, metadata=origin))


class ConvertedWeightsDataset(AbstractDataset[NoReturn, ConvertedWeightsFile]):
    """A place to keep a converted checkpoint in; who reads the checkpoint loads and saves it.

    Args:
        filepath: The .safetensors file.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> ConvertedWeightsFile:
        """Give the place; there may be no weights in it."""
        return ConvertedWeightsFile(self._filepath)

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(f"{self._filepath} is written when a checkpoint is read, by no node")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
