"""What the project exists for, as functions on arrays, tables and tensors, without Kedro.

A module that takes seconds to import, as PyTorch and scikit-learn do, is reached through this
package and imported when it is first used: ``from wildroad import core``, then ``core.prediction``.
"""

from typing import TYPE_CHECKING

from wildroad.core.lazy import submodules

if TYPE_CHECKING:  # what may be reached so, for type checkers
    from wildroad.core import augmentation as augmentation
    from wildroad.core import checkpoints as checkpoints
    from wildroad.core import classification as classification
    from wildroad.core import domain_masks as domain_masks
    from wildroad.core import embedding as embedding
    from wildroad.core import gradcam as gradcam
    from wildroad.core import label_suspects as label_suspects
    from wildroad.core import mask_prediction as mask_prediction
    from wildroad.core import metrics as metrics
    from wildroad.core import models as models
    from wildroad.core import new_masks as new_masks
    from wildroad.core import new_photos as new_photos
    from wildroad.core import new_scenes as new_scenes
    from wildroad.core import onnx_export as onnx_export
    from wildroad.core import prediction as prediction
    from wildroad.core import provenance as provenance
    from wildroad.core import quality as quality
    from wildroad.core import road_training as road_training
    from wildroad.core import scene_tensors as scene_tensors
    from wildroad.core import splits as splits
else:
    __getattr__ = submodules(__name__)
