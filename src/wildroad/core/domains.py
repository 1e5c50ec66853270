"""A road data set ready to be read: scenes with roles, target masks and what their ids mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.images import UnreadablePhotoError, read_photo
from wildroad.core.instance_maps import InstanceMaps, find_instances
from wildroad.core.labels import LabelSpace

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Domain:
    """The scenes of one road data set.

    Attributes:
        root: Folder that file names are relative to.
        scenes: scene_id, role, image_file and more, see ``core.scenes``.
        masks: scene_id -> target mask (H, W) in ids of the space, of every scene in use.
        space: What the ids mean.
        instances: Instances of the test scenes, where the data set has any.
    """

    root: Path
    scenes: pd.DataFrame
    masks: Mapping[str, Pixels]
    space: LabelSpace
    instances: InstanceMaps = field(default_factory=InstanceMaps)

    @classmethod
    def opened(
        cls, root: Path, scenes: pd.DataFrame, masks: Mapping[str, Pixels], space: LabelSpace
    ) -> Self:
        """Bring the parts together, and find the instances of the test scenes beside their masks.

        Raises:
            SceneFileError: Some test scenes have an instance map, and one has none.
        """
        test = scenes[scenes["role"] == "test"]
        return cls(root, scenes, masks, space, find_instances(root, test, space))

    def ids(self, role: str) -> list[str]:
        """Ids of the scenes of a role ("train", "val" or "test"), in their order."""
        return list(self.scenes.loc[self.scenes["role"] == role, "scene_id"])

    def image_path(self, scene_id: str) -> Path:
        """File of the photo of a scene."""
        row = self.scenes.set_index("scene_id").loc[scene_id]
        return self.root / str(row["image_file"])

    def image(self, scene_id: str) -> Pixels:
        """The photo of a scene, (H, W, 3).

        Raises:
            ValueError: It can't be read any more.
        """
        path = self.image_path(scene_id)
        try:
            return np.asarray(read_photo(path.read_bytes()))
        except (UnreadablePhotoError, OSError) as error:
            raise ValueError(
                f"{path} cannot be read: {error}; run data_processing again"
            ) from error

    def target(self, scene_id: str) -> Pixels:
        """The target of a scene as class mask (H, W): class index, or IGNORED."""
        return self.space.class_table()[self.masks[scene_id]]

    def pairs(self, role: str) -> Iterator[tuple[Pixels, Pixels]]:
        """Image and class mask of every scene of a role, one at a time."""
        for scene_id in self.ids(role):
            yield self.image(scene_id), self.target(scene_id)
