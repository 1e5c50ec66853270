"""Nodes of the predict_road pipeline."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad import core
from wildroad.core.checkpoint_facts import Checkpoint
from wildroad.core.lazy import LazyMapping, OnePass
from wildroad.datasets.folder import Folder
from wildroad.datasets.scene_files import Overlays
from wildroad.figures.new_scenes import overlay_gallery
from wildroad.figures.rendered import RenderedFigure
from wildroad.options import ComputeOptions, InferenceOptions, PredictRoadOptions

Models = Mapping[str, Checkpoint]


def check_new_scenes(source: Folder) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read every scene once; give those that can be read, and the files that can't."""
    return core.new_scenes.check_scenes(source.path, title="Reading the scenes")


def predict_new_scenes(
    source: Folder,
    scenes: pd.DataFrame,
    models: Models,
    options: PredictRoadOptions,
    inference: InferenceOptions,
    compute: ComputeOptions,
) -> Mapping[str, bytes]:
    """Predict the mask of each scene at its own size, when it is written; as palette PNGs."""
    launcher = compute.launcher
    predict = partial(
        core.new_masks.predict_source,
        source=source.path.absolute(),
        checkpoint=core.new_scenes.choose_segmenter(models, options.model),
        inference=inference.inference(bfloat16=launcher.place.bfloat16),
        device=launcher.device,
    )
    names = list(scenes["file"])
    # Frames of a video can't be read but one after the other.
    in_turn = core.new_scenes.is_video(source.path)
    return OnePass(names, predict(names) if in_turn else launcher.stream(predict, names))


def measure_shares(
    scenes: pd.DataFrame, masks: Mapping[str, bytes], models: Models, options: PredictRoadOptions
) -> pd.DataFrame:
    """Share of the pixels of each class in each scene."""
    classes = core.new_scenes.choose_segmenter(models, options.model).facts.classes
    return core.new_scenes.class_shares(scenes, decoded(masks), classes)


def draw_overlays(
    source: Folder, masks: Mapping[str, bytes], models: Models, options: PredictRoadOptions
) -> Overlays:
    """Lay the predicted classes over each scene, when it is written."""
    colors = core.new_scenes.output_colors(
        core.new_scenes.choose_segmenter(models, options.model).facts.classes
    )
    predicted = decoded(masks)
    frames = (
        (name, core.new_scenes.overlay(image, predicted[name], colors))
        for name, image in core.new_scenes.scene_images(source.path, list(masks))
    )
    return Overlays(OnePass(list(masks), frames), core.new_scenes.source_rate(source.path))


def draw_scene_gallery(
    source: Folder, masks: Mapping[str, bytes], models: Models, options: PredictRoadOptions
) -> RenderedFigure:
    """Show some scenes, evenly spread: photo and predicted classes, with a legend."""
    classes = core.new_scenes.choose_segmenter(models, options.model).facts.classes
    colors, predicted = core.new_scenes.output_colors(classes), decoded(masks)
    rows = [
        (name, image, core.new_scenes.overlay(image, predicted[name], colors), predicted[name])
        for name, image in core.new_scenes.spread_scenes(
            source.path, list(masks), count=options.gallery_scenes
        )
    ]
    return overlay_gallery(rows, classes, colors)


def decoded(masks: Mapping[str, bytes]) -> Mapping[str, NDArray[np.uint8]]:
    """The class masks in PNG files, each decoded when it is asked for."""
    return LazyMapping(list(masks), lambda name: core.new_scenes.decode_palette(masks[name]))
