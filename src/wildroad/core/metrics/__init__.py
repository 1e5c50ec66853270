"""Numbers of the reports: counts first, one division last."""

from typing import TYPE_CHECKING

from wildroad.core.lazy import submodules

if TYPE_CHECKING:
    from wildroad.core.metrics import significance as significance
else:
    __getattr__ = submodules(__name__)
