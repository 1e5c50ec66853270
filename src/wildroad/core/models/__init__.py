"""The models: classifiers of photos and segmenters of scenes."""

from typing import TYPE_CHECKING

from wildroad.core.lazy import submodules

if TYPE_CHECKING:
    from wildroad.core.models import classifiers as classifiers
    from wildroad.core.models import public_weights as public_weights
    from wildroad.core.models import segmenters as segmenters
else:
    __getattr__ = submodules(__name__)
