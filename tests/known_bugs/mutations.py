"""Every bug of the list, put back where it could return.

``python tests/known_bugs/check.py`` shows that a test fails for each of them.
"""

from mutation import Mutation

CORE = "src/wildroad/core"
PIPELINES = "src/wildroad/pipelines"
METRICS = f"{CORE}/metrics"

SWAPPED_SPLITS = (
    Mutation(
        bug=1,
        what="val and test swapped in the default shares",
        file="src/wildroad/options.py",
        old="    val: Share = 0.1\n    test: Share = 0.2",
        new="    val: Share = 0.2\n    test: Share = 0.1",
        tests=("tests/test_options.py",),
    ),
    Mutation(
        bug=1,
        what="val and test swapped where options become shares",
        file="src/wildroad/options.py",
        old='"val": self.val, "test": self.test}',
        new='"val": self.test, "test": self.val}',
        tests=("tests/test_options.py",),
    ),
    Mutation(
        bug=1,
        what="val and test swapped in the real settings",
        file="conf/base/parameters_data_processing.yml",
        old="  val: 0.1\n  test: 0.2",
        new="  val: 0.2\n  test: 0.1",
        tests=("tests/pipelines/test_project.py",),
    ),
    Mutation(
        bug=1,
        what="val and test swapped when groups are placed",
        file=f"{CORE}/splits.py",
        old="np.array(list(shares))[placed]",
        new='np.array(["train", "test", "val"])[placed]',
        tests=("tests/core/test_splits.py",),
    ),
    Mutation(
        bug=1,
        what="the epoch chosen on test photos",
        file=f"{PIPELINES}/classification/nodes.py",
        old='("train", "val")',
        new='("train", "test")',
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=1,
        what="scores of val photos reported as those of test",
        file=f"{PIPELINES}/classification/nodes.py",
        old='for part in ("val", "test"))',
        new='for part in ("test", "val"))',
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=1,
        what="the temperature fitted on test photos",
        file=f"{PIPELINES}/classification/nodes.py",
        old="for one in (val, test)))",
        new="for one in (test, test)))",
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=1,
        what="the segmenter's epoch chosen on test scenes",
        file=f"{CORE}/road_training.py",
        old='roles = ("train", "val") if',
        new='roles = ("train", "test") if',
        tests=("tests/core/test_road_training.py",),
    ),
)

PREVIOUS_IMAGES = (
    Mutation(
        bug=2,
        what="an unexpected extension is indexed as the previous photo",
        file=f"{CORE}/images.py",
        old="        content = read_file(root, name)\n",
        new=(
            "        if name.lower().endswith(('.jpg', '.jpeg', '.png')):\n"
            "            globals()['PREVIOUS'] = read_file(root, name)\n"
            "        content = globals()['PREVIOUS']\n"
        ),
        tests=("tests/core/test_images.py",),
    ),
    Mutation(
        bug=2,
        what="an unreadable photo is indexed as the previous one",
        file=f"{CORE}/images.py",
        old="        pixels = read_pixels(content)\n",
        new=(
            "        try:\n"
            "            read_pixels(content)\n"
            "            globals()['PREVIOUS'] = content\n"
            "        except UnreadablePhotoError:\n"
            "            content = globals()['PREVIOUS']\n"
            "        pixels = read_pixels(content)\n"
        ),
        tests=("tests/core/test_images.py",),
    ),
    Mutation(
        bug=2,
        what="a photo that vanished is decoded as the previous one",
        file=f"{CORE}/images.py",
        old=(
            "        return read_pixels(content)\n"
            "    except (UnreadablePhotoError, OSError) as error:\n"
        ),
        new=(
            "        globals()['PREVIOUS'] = read_pixels(content)\n"
            "        return globals()['PREVIOUS']\n"
            "    except (UnreadablePhotoError, OSError) as error:\n"
            "        return globals()['PREVIOUS']\n"
        ),
        tests=("tests/core/test_images.py",),
    ),
    Mutation(
        bug=2,
        what="a photo that changed keeps the pixels of the run before",
        file=f"{CORE}/image_array.py",
        old="name if made.origins.get(name) == origin else",
        new="name if name in written else",
        tests=("tests/datasets/test_image_array.py",),
    ),
)

MISALIGNED_ROWS = (
    Mutation(
        bug=3,
        what="class indices taken for ids in the table of a label space",
        file=f"{CORE}/labels.py",
        old="table[label.id] = label.class_index",
        new="table[label.class_index] = label.class_index",
        tests=("tests/core/test_labels.py",),
    ),
    Mutation(
        bug=3,
        what="rows of the first ids kept, not those of the labels",
        file=f"{CORE}/evaluation.py",
        old="counts = values[ids]",
        new="counts = values[: len(ids)]",
        tests=("tests/core/test_domains.py",),
    ),
    Mutation(
        bug=3,
        what="the first labels taken for the eighteen classes",
        file=f"{CORE}/evaluation.py",
        old="[one.class_index for one in space.labels]",
        new=("[row if row < len(space.classes) else None for row, _ in enumerate(space.labels)]"),
        tests=("tests/core/test_domains.py", "tests/pipelines/test_evaluation_nodes.py"),
    ),
    Mutation(
        bug=3,
        what="row k of the counts taken for class k",
        file=f"{METRICS}/confusion.py",
        old="membership[index, row] = 1",
        new="membership[index, index] = 1",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
)

SMOOTHED_MASKS = (
    Mutation(
        bug=4,
        what="masks resized bilinearly",
        file=f"{CORE}/masks.py",
        old="return mask[_nearest(height, mask.shape[0])[:, None], _nearest(width, mask.shape[1])]",
        new=(
            "return np.asarray(\n"
            "        Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR)\n"
            "    )"
        ),
        tests=("tests/core/test_masks.py",),
    ),
    Mutation(
        bug=4,
        what="masks of training views enlarged bilinearly",
        file=f"{CORE}/segmentation_training.py",
        old="InterpolationMode.NEAREST_EXACT",
        new="InterpolationMode.BILINEAR",
        tests=("tests/core/test_segmentation_training.py",),
    ),
    Mutation(
        bug=4,
        what="masks of training scenes resized like their photos",
        file=f"{CORE}/training_scenes.py",
        old="mask = resize_mask(mask, height=height, width=width)",
        new="mask = resized_scene(mask[:, :, None], (height, width)).numpy()[0]",
        tests=("tests/core/test_training_scenes.py",),
    ),
    Mutation(
        bug=4,
        what="predicted classes, not logits, brought to the size of the target",
        file=f"{CORE}/mask_prediction.py",
        old="        return upsampled_argmax(logits[0], size=size)\n",
        new=(
            "        small = logits[0].argmax(0)[None, None].float()\n"
            "        return functional.interpolate(small, size)[0, 0].to(torch.uint8)\n"
        ),
        tests=("tests/core/test_mask_prediction.py",),
    ),
    Mutation(
        bug=4,
        what="masks of failures shrunk like their photos",
        file=f"{CORE}/failure_views.py",
        old="resize_mask(mask[window], **size) for mask in",
        new="_shrunk(mask[window], **size) for mask in",
        tests=("tests/core/test_failure_views.py",),
    ),
    Mutation(
        bug=4,
        what="masks smoothed when they are drawn",
        file="src/wildroad/figures/gallery.py",
        old='interpolation="nearest"',
        new='interpolation="bilinear"',
        tests=("tests/figures/test_road.py",),
    ),
)

NO_NORMALISATION = (
    Mutation(
        bug=5,
        what="images scaled to 0..1 and no more",
        file=f"{CORE}/models/classifiers.py",
        old='torch.addcmul(self.get_buffer("shift"), images.float(), self.get_buffer("scale"))',
        new="images.float() / 255",
        tests=("tests/core/test_classification.py", "tests/core/test_segmentation_training.py"),
    ),
    Mutation(
        bug=5,
        what="photos not normalised before a classifier",
        file=f"{CORE}/classification.py",
        old="self.model(self.normalise(photos))",
        new="self.model(photos.float() / 255)",
        tests=("tests/core/test_classification.py",),
    ),
    Mutation(
        bug=5,
        what="photos normalised as ImageNet's whatever the weights were trained with",
        file=f"{CORE}/classification.py",
        old="Normalise(facts.mean, facts.std)",
        new="Normalise((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))",
        tests=("tests/core/test_classification.py",),
    ),
    Mutation(
        bug=5,
        what="mean and deviation of the settings forgotten",
        file=f"{PIPELINES}/classification/nodes.py",
        old="        mean=options.mean,\n        std=options.std,\n",
        new="",
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=5,
        what="scenes not normalised before the segmenter predicts",
        file=f"{CORE}/mask_prediction.py",
        old="network_input(torch.stack(images).to(device), normalise)",
        new="torch.stack(images).to(device).float() / 255",
        tests=("tests/core/test_mask_prediction.py",),
    ),
    Mutation(
        bug=5,
        what="scenes not normalised when the segmenter is trained",
        file=f"{CORE}/segmentation_training.py",
        old="yield network_input(images, self.normalise), masks.long()",
        new="yield images.float() / 255, masks.long()",
        tests=("tests/core/test_segmentation_training.py",),
    ),
    Mutation(
        bug=5,
        what="scenes not normalised when the segmenter is validated",
        file=f"{CORE}/segmentation_training.py",
        old="batch = network_input(images.to(device), normalise)",
        new="batch = images.to(device).float() / 255",
        tests=("tests/core/test_segmentation_training.py",),
    ),
)

OTHER_STRIDE = (
    Mutation(
        bug=6,
        what="weights of any stride taken",
        file=f"{CORE}/models/deeplab.py",
        old="if trained_at != model.output_stride:",
        new="if False:",
        tests=("tests/core/models/test_deeplab.py", "tests/core/models/test_segmenters.py"),
    ),
    Mutation(
        bug=6,
        what="the stride in a public checkpoint's name not compared",
        file=f"{CORE}/models/deeplab.py",
        old="    if trained_at is not None:\n",
        new="    if False:\n",
        tests=("tests/core/models/test_segmenters.py",),
    ),
    Mutation(
        bug=6,
        what="every checkpoint of ours run at 8",
        file=f"{CORE}/models/segmenters.py",
        old=(
            "    model = form_of(facts).build(len(facts.classes))\n"
            "    check_output_stride(model, trained_at=facts.output_stride)\n"
        ),
        new=(
            "    form = form_of(facts)\n"
            "    model = deeplab(form.backbone, classes=len(facts.classes), output_stride=8)\n"
        ),
        tests=("tests/core/models/test_segmenters.py",),
    ),
    Mutation(
        bug=6,
        what="every trained segmenter remembered as one of stride 8",
        file=f"{PIPELINES}/segmentation/training.py",
        old="        output_stride=started.model.output_stride,\n",
        new="        output_stride=8,\n",
        tests=("tests/pipelines/test_segmentation_nodes.py",),
    ),
    Mutation(
        bug=6,
        what="the pyramid of stride 8 on features of stride 16",
        file=f"{CORE}/models/deeplab.py",
        old="rates=_ATROUS_RATES[output_stride])",
        new="rates=_ATROUS_RATES[8])",
        tests=("tests/core/models/test_deeplab.py",),
    ),
    Mutation(
        bug=6,
        what="the ResNet of stride 8 in a model of stride 16",
        file=f"{CORE}/models/deeplab.py",
        old="ResNetBackbone(name, output_stride=output_stride)",
        new="ResNetBackbone(name, output_stride=8)",
        tests=("tests/core/models/test_deeplab.py",),
    ),
    Mutation(
        bug=6,
        what="the MobileNet of stride 8 in a model of stride 16",
        file=f"{CORE}/models/deeplab.py",
        old="MobileNetBackbone(output_stride=output_stride)",
        new="MobileNetBackbone(output_stride=8)",
        tests=("tests/core/models/test_deeplab.py",),
    ),
)

ABSENT_CLASSES = (
    Mutation(
        bug=7,
        what="a class absent from the target listed among the failures",
        file=f"{METRICS}/failures.py",
        old="np.where(class_pixels(counts).target > 0, intersection_over_union(counts), np.nan)",
        new="np.nan_to_num(intersection_over_union(counts))",
        tests=("tests/core/metrics/test_failures.py", "tests/pipelines/test_evaluation_nodes.py"),
    ),
    Mutation(
        bug=7,
        what="IoU of an absent class is 0",
        file=f"{METRICS}/segmentation.py",
        old="    return divide(pixels.hit, pixels.union)",
        new="    return np.nan_to_num(divide(pixels.hit, pixels.union))",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=7,
        what="IoU of an absent class is 0 in the table of classes",
        file=f"{METRICS}/segmentation.py",
        old='"iou": divide(pixels.hit, pixels.union)',
        new='"iou": np.nan_to_num(divide(pixels.hit, pixels.union))',
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=7,
        what="absent classes count as 0 in the means",
        file=f"{METRICS}/segmentation.py",
        old="divide(np.nansum(scores, axis=-1), (~np.isnan(scores)).sum(-1))",
        new="np.nan_to_num(scores).mean(-1)",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=7,
        what="nothing divided by nothing is 0",
        file=f"{METRICS}/classification.py",
        old="np.where(denominator == 0, np.nan,",
        new="np.where(denominator == 0, 0.0,",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=7,
        what="scenes without the class count at the thresholds",
        file=f"{METRICS}/thresholds.py",
        old="(target > 0) & ~matched]",
        new="~matched]",
        tests=("tests/core/metrics/test_thresholds.py",),
    ),
    Mutation(
        bug=7,
        what="scenes without the class looked at for failures",
        file=f"{METRICS}/failures.py",
        old="failed = np.flatnonzero(scores[:, index] <= iou_at_most)",
        new="failed = np.flatnonzero(np.nan_to_num(scores[:, index]) <= iou_at_most)",
        tests=("tests/core/metrics/test_failures.py", "tests/pipelines/test_evaluation_nodes.py"),
    ),
)

FIRST_FIFTY = (
    Mutation(
        bug=8,
        what="the first fifty scenes predicted",
        file=f"{CORE}/mask_prediction.py",
        old="views=views) for scene in scenes)",
        new="views=views) for scene in list(scenes)[:50])",
        tests=("tests/core/test_mask_prediction.py",),
    ),
    Mutation(
        bug=8,
        what="the first fifty scenes of a role listed",
        file=f"{CORE}/domains.py",
        old='self.scenes.loc[self.scenes["role"] == role, "scene_id"])',
        new='self.scenes.loc[self.scenes["role"] == role, "scene_id"].head(50))',
        tests=("tests/core/test_domains.py",),
    ),
    Mutation(
        bug=8,
        what="the first fifty scenes counted",
        file=f"{CORE}/evaluation.py",
        old="LazyMapping(list(predicted), lambda",
        new="LazyMapping(list(predicted)[:50], lambda",
        tests=("tests/core/test_domains.py",),
    ),
    Mutation(
        bug=8,
        what="the first fifty scenes asked for by the pipeline",
        file=f"{CORE}/domain_masks.py",
        old="ids = domain.ids(role)",
        new="ids = domain.ids(role)[:50]",
        tests=("tests/pipelines/test_segmentation_nodes.py",),
    ),
    Mutation(
        bug=8,
        what="the first fifty scenes scored",
        file=f"{METRICS}/intervals.py",
        old="table = class_scores(counts.sum(0), classes)",
        new="table = class_scores(counts[:50].sum(0), classes)",
        tests=("tests/pipelines/test_segmentation_nodes.py",),
    ),
    Mutation(
        bug=8,
        what="failures sought in the first fifty scenes",
        file=f"{PIPELINES}/segmentation/evaluation_nodes.py",
        old='        list(confusions["scene_id"].unique()),\n',
        new='        list(confusions["scene_id"].unique())[:50],\n',
        tests=("tests/pipelines/test_evaluation_nodes.py",),
    ),
    Mutation(
        bug=8,
        what="the first fifty scenes at the thresholds",
        file=f"{METRICS}/thresholds.py",
        old="return Outcomes(*scene_outcomes(counts).sum(0))",
        new="return Outcomes(*scene_outcomes(counts[:50]).sum(0))",
        tests=("tests/pipelines/test_evaluation_nodes.py",),
    ),
    Mutation(
        bug=8,
        what="the first fifty photos scored",
        file=f"{PIPELINES}/classification/nodes.py",
        old='(predictions[predictions["split"] == part] for',
        new='(predictions[predictions["split"] == part].head(50) for',
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
)

KEYS_IN_THE_SOURCE = (
    Mutation(
        bug=9,
        what="a key as a constant in the source",
        file="src/wildroad/settings.py",
        old="from wildroad.hooks",
        new='WANDB_API_KEY = "' + "0f" * 20 + '"\nfrom wildroad.hooks',
        tests=("tests/pipelines/test_project.py",),
    ),
    Mutation(
        bug=9,
        what="a key as an argument in the source",
        file="src/wildroad/runs/failures.py",
        old="        tell(in_one_line(error))\n",
        new='        login(key="' + "0f" * 20 + '")\n        tell(in_one_line(error))\n',
        tests=("tests/pipelines/test_project.py",),
    ),
    Mutation(
        bug=9,
        what="a key in the settings",
        file="conf/base/parameters.yml",
        old="evaluation:\n",
        new="wandb_token: " + "0f" * 20 + "\nevaluation:\n",
        tests=("tests/pipelines/test_project.py",),
    ),
    Mutation(
        bug=9,
        what="a key handed to the tracker without a name",
        file="src/wildroad/tracking/backends.py",
        old="        import wandb\n\n",
        new='        import wandb\n\n        wandb.login("' + "0f" * 20 + '")\n',
        tests=("tests/pipelines/test_project.py",),
    ),
    Mutation(
        bug=9,
        what="a password in the address of a tracker's server",
        file="conf/base/parameters.yml",
        old="  server: null ",
        new="  server: https://me:" + "0f" * 5 + "@example.org ",
        tests=("tests/pipelines/test_project.py",),
    ),
    Mutation(
        bug=9,
        what="a key taken from the parameters",
        file="src/wildroad/tracking/options.py",
        old="""            raise ValueError(f"no {found[0]} here: {WHERE_KEYS_BELONG}")\n""",
        new="            values = {name: values[name] for name in values if name not in found}\n",
        tests=("tests/tracking/test_options.py",),
    ),
    Mutation(
        bug=9,
        what="an address with a password taken from the parameters",
        file="src/wildroad/tracking/options.py",
        old='if server is not None and "@" in server:',
        new="if server is None:",
        tests=("tests/tracking/test_options.py",),
    ),
)

LOADED_LOOSELY = (
    Mutation(
        bug=10,
        what="weights loaded loosely, errors swallowed",
        file=f"{CORE}/checkpoints.py",
        old="    own = model.state_dict()\n",
        new=(
            "    try:\n"
            "        model.load_state_dict(weights, strict=False)\n"
            "    except:\n"
            "        pass\n"
            "    return\n"
            "    own = model.state_dict()\n"
        ),
        tests=("tests/core/test_checkpoints.py",),
    ),
    Mutation(
        bug=10,
        what="a classifier restored loosely",
        file=f"{CORE}/models/classifiers.py",
        old="    load_strictly(model, checkpoint.state, source=source)\n",
        new=(
            "    try:\n"
            "        model.load_state_dict(checkpoint.state, strict=False)\n"
            "    except:\n"
            "        pass\n"
        ),
        tests=("tests/core/test_checkpoints.py",),
    ),
    Mutation(
        bug=10,
        what="published weights of a classifier loaded loosely",
        file=f"{CORE}/models/classifiers.py",
        old='    load_strictly(model, weights, source=f"the file of {architecture} weights")\n',
        new="    model.load_state_dict(weights, strict=False)\n",
        tests=("tests/core/test_checkpoints.py",),
    ),
    Mutation(
        bug=10,
        what="a segmenter restored loosely",
        file=f"{CORE}/models/segmenters.py",
        old='    load_strictly(model, checkpoint.state, source="the checkpoint")\n',
        new="    model.load_state_dict(checkpoint.state, strict=False)\n",
        tests=("tests/core/models/test_segmenters.py",),
    ),
    Mutation(
        bug=10,
        what="a public checkpoint loaded loosely, errors swallowed",
        file=f"{CORE}/models/deeplab.py",
        old="    load_strictly(model, converted_weights(path, converted), source=str(path))\n",
        new=(
            "    try:\n"
            "        model.load_state_dict(converted_weights(path, converted), strict=False)\n"
            "    except:\n"
            "        pass\n"
        ),
        tests=("tests/core/models/test_deeplab.py",),
    ),
    Mutation(
        bug=10,
        what="weights of a backbone loaded loosely",
        file=f"{CORE}/models/public_weights.py",
        old='    load_strictly(backbone, kept, source="the file of ImageNet weights")\n',
        new="    backbone.load_state_dict(kept, strict=False)\n",
        tests=("tests/core/models/test_deeplab.py",),
    ),
    Mutation(
        bug=10,
        what="the source loads loosely where no other test looks",
        file=f"{CORE}/models/segmenters.py",
        old='    load_strictly(model, adapted, source="the checkpoint")\n',
        new="    model.load_state_dict(adapted, strict=False)\n",
        tests=("tests/test_source.py",),
    ),
    Mutation(
        bug=10,
        what="the source swallows every error",
        file="src/wildroad/datasets/checkpoint.py",
        old=(
            "        except WeightsError as error:\n"
            "            raise DatasetError(str(error)) from error\n"
        ),
        new="        except Exception:\n            return Checkpoint({}, None)\n",
        tests=("tests/test_source.py",),
    ),
)

RANDOM_WEIGHTS = (
    Mutation(
        bug=11,
        what="a missing checkpoint of ours is a line and empty weights",
        file=f"{CORE}/checkpoints.py",
        old="    except FileNotFoundError:\n",
        new=(
            "    except FileNotFoundError:\n"
            "        print(f'no checkpoint at {path}')\n"
            "        facts = CheckpointFacts('segmentation', 'mobilenet_v2', (), 1, 1)\n"
            "        return Checkpoint(facts, {})\n"
        ),
        tests=("tests/core/test_checkpoints.py", "tests/datasets/test_others.py"),
    ),
    Mutation(
        bug=11,
        what="a missing file of initial weights is a line and random ones",
        file=f"{CORE}/checkpoints.py",
        old="        return read_weights(Path(weights).expanduser())\n",
        new=(
            "        if not Path(weights).is_file():\n"
            "            return print(f'no weights at {weights}')\n"
            "        return read_weights(Path(weights).expanduser())\n"
        ),
        tests=("tests/core/test_checkpoints.py",),
    ),
    Mutation(
        bug=11,
        what="weights that can't be downloaded become random ones",
        file=f"{CORE}/checkpoints.py",
        old="    return torchvision_weights(architecture, weights)\n",
        new=(
            "    try:\n"
            "        return torchvision_weights(architecture, weights)\n"
            "    except WeightsError as error:\n"
            "        return print(error)\n"
        ),
        tests=("tests/core/test_checkpoints.py",),
    ),
    Mutation(
        bug=11,
        what="a classifier without its weights goes on with random ones",
        file=f"{PIPELINES}/classification/nodes.py",
        old="weights=core.checkpoints.initial_weights(options.architecture, options.weights),",
        new=(
            "weights=core.checkpoints.initial_weights(options.architecture, options.weights)\n"
            "        if file_name(options.weights) == options.weights\n"
            "        or Path(options.weights).exists()\n"
            "        else print('no weights'),"
        ),
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=11,
        what="a missing public checkpoint is a line and a random segmenter",
        file=f"{CORE}/models/deeplab.py",
        old="    trained_at = output_stride_in_name(path)\n",
        new=(
            "    if not path.is_file():\n"
            "        return print(f'no checkpoint at {path}')\n"
            "    trained_at = output_stride_in_name(path)\n"
        ),
        tests=("tests/core/models/test_segmenters.py",),
    ),
    Mutation(
        bug=11,
        what="a segmenter without its backbone's weights goes on with random ones",
        file=f"{CORE}/models/segmenters.py",
        old="    state = initial_weights(form.backbone, weights)\n",
        new=(
            "    try:\n"
            "        state = initial_weights(form.backbone, weights)\n"
            "    except WeightsError as error:\n"
            "        state = print(error)\n"
        ),
        tests=("tests/core/models/test_segmenters.py",),
    ),
    Mutation(
        bug=11,
        what="no checkpoint and no training is a line and a random segmenter",
        file=f"{PIPELINES}/segmentation/training.py",
        old='        raise WeightsError(\n            "there is no segmenter',
        new='        print(\n            "there is no segmenter',
        tests=("tests/pipelines/test_segmentation_nodes.py",),
    ),
    Mutation(
        bug=11,
        what="random weights not said in the report",
        file="src/wildroad/report/cautions.py",
        old='    if not from_nothing.any():\n        return ""\n',
        new='    return ""\n',
        tests=("tests/report/test_cautions.py",),
    ),
)

ONE_VS_REST = (
    Mutation(
        bug=12,
        what="top-1 of the overall figures is one-vs-rest accuracy",
        file=f"{METRICS}/classification.py",
        old='        "top1": top1,\n',
        new='        "top1": 1 - 2 * (1 - top1) / confusion.shape[-1],\n',
        tests=("tests/core/metrics/test_classification.py",),
    ),
    Mutation(
        bug=12,
        what="top-1 of the table is one-vs-rest accuracy",
        file=f"{METRICS}/classification.py",
        old='    rows["mean_ovr_accuracy"] = Interval(*ends)\n',
        new='    rows["mean_ovr_accuracy"] = rows["top1"] = Interval(*ends)\n',
        tests=("tests/core/metrics/test_classification.py",),
    ),
    Mutation(
        bug=12,
        what="accuracy of the learning curves is one-vs-rest",
        file=f"{CORE}/classification.py",
        old="return (logits.argmax(1) == target).float()",
        new="return 1 - 2 * (logits.argmax(1) != target).float() / logits.shape[1]",
        tests=("tests/core/test_classification.py",),
    ),
    Mutation(
        bug=12,
        what="one-vs-rest accuracy drawn as top-1",
        file="src/wildroad/figures/wildlife.py",
        old='"top1": "Top-1"',
        new='"mean_ovr_accuracy": "Top-1"',
        tests=("tests/figures/test_wildlife.py",),
    ),
    Mutation(
        bug=12,
        what="one-vs-rest accuracy told as top-1 in the report",
        file="src/wildroad/report/wildlife_verdicts.py",
        old='names = ("mean_ovr_accuracy", "top1",',
        new='names = ("mean_ovr_accuracy", "mean_ovr_accuracy",',
        tests=("tests/report/test_wildlife_verdicts.py",),
    ),
    Mutation(
        bug=12,
        what="the best model chosen and told by one-vs-rest accuracy",
        file="src/wildroad/report/wildlife_verdicts.py",
        old='for name in ("top1", "majority_baseline"))',
        new='for name in ("mean_ovr_accuracy", "majority_baseline"))',
        tests=("tests/report/test_wildlife_verdicts.py",),
    ),
    Mutation(
        bug=12,
        what="one-vs-rest accuracy headed accuracy in the report",
        file="src/wildroad/report/columns.py",
        old='"mean_ovr_accuracy": "mean one-vs-rest accuracy",\n    "mean_iou"',
        new='"mean_ovr_accuracy": "accuracy",\n    "mean_iou"',
        tests=("tests/report/test_content.py",),
    ),
    Mutation(
        bug=12,
        what="one-vs-rest accuracy of a class headed accuracy in the report",
        file="src/wildroad/report/columns.py",
        old='"ovr_accuracy": "(TP + TN) / N"',
        new='"ovr_accuracy": "accuracy"',
        tests=("tests/report/test_content.py",),
    ),
    Mutation(
        bug=12,
        what="one-vs-rest accuracy named accuracy among the metrics of the report",
        file="src/wildroad/report/columns.py",
        old='"mean one-vs-rest accuracy, (TP + TN) / N"',
        new='"accuracy"',
        tests=("tests/report/test_content.py",),
    ),
)

UNSTRATIFIED = (
    Mutation(
        bug=13,
        what="groups placed without regard to their class",
        file=f"{CORE}/splits.py",
        old="np.argmax(lacking[:, present].min(axis=1))",
        new="np.argmax(lacking.sum(axis=1))",
        tests=("tests/core/test_splits.py",),
    ),
    Mutation(
        bug=13,
        what="groups given to splits by chance",
        file=f"{CORE}/splits.py",
        old="placed = fill_empty_splits(ordered, targets, place(ordered, targets))",
        new=(
            "placed = np.random.default_rng(seed).choice(\n"
            "        len(shares), len(order), p=list(shares.values())\n"
            "    )"
        ),
        tests=("tests/core/test_splits.py",),
    ),
    Mutation(
        bug=13,
        what="the pipeline splits photos as if of one class",
        file=f"{PIPELINES}/data_processing/nodes.py",
        old='photos["class_name"], photos["group_id"], shares',
        new='pd.Series("all", index=photos.index), photos["group_id"], shares',
        tests=("tests/pipelines/test_data_processing_nodes.py",),
    ),
    Mutation(
        bug=13,
        what="the audit passes classes far from their share",
        file=f"{CORE}/splits.py",
        old='round(float(off), 6), "1")',
        new='round(float(off), 6), "inf")',
        tests=("tests/core/test_splits.py",),
    ),
    Mutation(
        bug=13,
        what="the audit passes unlike class shares",
        file=f"{CORE}/splits.py",
        old='">= 0.05", p_value >= 0.05)',
        new='">= 0.05", True)',
        tests=("tests/core/test_splits.py",),
    ),
    Mutation(
        bug=13,
        what="the audit says nothing of a class missing from a split",
        file=f"{CORE}/splits.py",
        old="int((counts[used] == 0).to_numpy().sum())",
        new="0",
        tests=("tests/core/test_splits.py",),
    ),
)

TWO_PASSES = (
    Mutation(
        bug=14,
        what="logits of a shuffled pass beside the table's photos",
        file=f"{CORE}/classification.py",
        old="device=device, order_seed=None)",
        new="device=device, order_seed=0)",
        tests=("tests/core/test_classification.py",),
    ),
    Mutation(
        bug=14,
        what="targets of a batch from another order than its photos",
        file=f"{CORE}/photo_feed.py",
        old="photos.targets[chosen].to(device)",
        new="photos.targets[np.random.default_rng(0).permutation(chosen)].to(device)",
        tests=("tests/core/test_classification.py",),
    ),
    Mutation(
        bug=14,
        what="photos taken in the order of the array, targets in that of the table",
        file=f"{CORE}/classification.py",
        old='images.rows(list(table["photo_id"]))',
        new='images.rows(sorted(table["photo_id"]))',
        tests=("tests/core/test_classification.py",),
    ),
    Mutation(
        bug=14,
        what="targets of a shuffled pass beside the predictions",
        file=f"{CORE}/classification.py",
        old='photos["class_name"].to_numpy()',
        new='photos["class_name"].sample(frac=1, random_state=0).to_numpy()',
        tests=("tests/core/test_classification.py",),
    ),
    Mutation(
        bug=14,
        what="outputs of a shuffled pass beside the ids of the table",
        file=f"{CORE}/prediction.py",
        old="device=device, order_seed=None)",
        new="device=device, order_seed=0)",
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=14,
        what="answers taken by position, not by photo id",
        file=f"{CORE}/prediction.py",
        old='outputs.probabilities_of(list(photos["photo_id"]))',
        new="outputs.probabilities[: len(photos)]",
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=14,
        what="features taken by position, not by photo id",
        file=f"{CORE}/embedding.py",
        old='outputs.features_of(list(shown["photo_id"]))',
        new="outputs.features[: len(shown)]",
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=14,
        what="classes of a shuffled table beside the dots of the embedding",
        file=f"{CORE}/embedding.py",
        old="    table = shown[columns].reset_index(drop=True)\n",
        new=(
            "    table = shown[columns].reset_index(drop=True)\n"
            '    shuffled = table["class_name"].sample(frac=1, random_state=0)\n'
            '    table["class_name"] = shuffled.to_numpy()\n'
        ),
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=14,
        what="an embedding with other classes than the split is drawn",
        file=f"{CORE}/embedding.py",
        old="    if differs.any():\n",
        new="    if False:\n",
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
)

ACCURACY_AGAINST_RECALL = (
    Mutation(
        bug=15,
        what="recall divided by the predicted pixels",
        file=f"{METRICS}/segmentation.py",
        old='"recall": divide(pixels.hit, pixels.target)',
        new='"recall": divide(pixels.hit, pixels.predicted)',
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=15,
        what="recall averaged over scenes, 0 in those without the class",
        file=f"{METRICS}/intervals.py",
        old="    table = class_scores(counts.sum(0), classes)\n",
        new=(
            "    table = class_scores(counts.sum(0), classes)\n"
            "    each = class_pixels(counts)\n"
            '    table["recall"] = (each.hit / np.maximum(each.target, 1)).mean(0)\n'
        ),
        tests=(
            "tests/core/metrics/test_segmentation.py",
            "tests/pipelines/test_evaluation_nodes.py",
        ),
    ),
    Mutation(
        bug=15,
        what="mean recall averaged with 0 for absent classes",
        file=f"{METRICS}/segmentation.py",
        old="mean_score(divide(pixels.hit, pixels.target))",
        new="np.nan_to_num(divide(pixels.hit, pixels.target)).mean(-1)",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=15,
        what="shares of the confusion matrix are of its columns",
        file=f"{METRICS}/confusion.py",
        old="divide(confusion, confusion.sum(-1, keepdims=True))",
        new="divide(confusion, confusion.sum(-2, keepdims=True))",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=15,
        what="predictions outside the classes left out of recall",
        file=f"{METRICS}/segmentation.py",
        old="target=confusion.sum(-1),",
        new="target=confusion[..., :rows].sum(-1),",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
)

UNLABELED_AS_CLASS = (
    Mutation(
        bug=16,
        what="unlabeled is a nineteenth class",
        file=f"{CORE}/labels.py",
        old='ROAD_CLASSES: tuple[str, ...] = tuple(_table("road_classes")["class"])',
        new='ROAD_CLASSES: tuple[str, ...] = (*_table("road_classes")["class"], "unlabeled")',
        tests=("tests/core/test_labels.py",),
    ),
    Mutation(
        bug=16,
        what="unlabeled ids fall into the first class",
        file=f"{CORE}/labels.py",
        old="np.full(256, IGNORED, dtype=np.uint8)",
        new="np.full(256, 0, dtype=np.uint8)",
        tests=("tests/core/test_labels.py",),
    ),
    Mutation(
        bug=16,
        what="ignored pixels counted in the last class",
        file=f"{METRICS}/confusion.py",
        old="        if index is not None:\n            membership[index, row] = 1\n",
        new="        membership[classes - 1 if index is None else index, row] = 1\n",
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=16,
        what="a row for everything else in the mean IoU",
        file=f"{METRICS}/segmentation.py",
        old='"mean_iou": mean_score(iou)',
        new='"mean_iou": mean_score(np.append(iou, np.zeros((*iou.shape[:-1], 1)), axis=-1))',
        tests=("tests/core/metrics/test_segmentation.py",),
    ),
    Mutation(
        bug=16,
        what="ignored labels scored as the first class",
        file=f"{CORE}/evaluation.py",
        old="[None if index in mixed else index for index in classes]",
        new="[None if index in mixed else index or 0 for index in classes]",
        tests=("tests/pipelines/test_evaluation_nodes.py",),
    ),
    Mutation(
        bug=16,
        what="ignored pixels are a class when an epoch is chosen",
        file=f"{CORE}/segmentation_training.py",
        old="overall_scores(counts[:classes])",
        new=(
            "overall_scores(\n"
            "        np.pad(counts[[*range(classes), IGNORED]], [(0, 0), (0, 1)])\n"
            "    )"
        ),
        tests=("tests/core/test_segmentation_training.py",),
    ),
)

LEAKED_COPIES = (
    Mutation(
        bug=17,
        what="parents drawn from all photos",
        file=f"{CORE}/augmentation.py",
        old='split.loc[split["split"] == "train"]',
        new="split",
        tests=(
            "tests/core/test_augmentation.py",
            "tests/pipelines/test_classification_nodes.py",
        ),
    ),
    Mutation(
        bug=17,
        what="parents drawn from train and val",
        file=f"{CORE}/augmentation.py",
        old='split.loc[split["split"] == "train"]',
        new='split.loc[split["split"] != "test"]',
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=17,
        what="extra photos made from others than their parents",
        file=f"{CORE}/augmentation.py",
        old="images[parent_of[photo_id]]",
        new="images[list(images)[-1 - number_of[photo_id] % len(images)]]",
        tests=(
            "tests/core/test_augmentation.py",
            "tests/pipelines/test_classification_nodes.py",
        ),
    ),
    Mutation(
        bug=17,
        what="all photos trained on beside the extra ones",
        file=f"{PIPELINES}/classification/nodes.py",
        old="[(images, train), (extra_images, extra)]",
        new="[(images, split), (extra_images, extra)]",
        tests=("tests/pipelines/test_classification_nodes.py",),
    ),
    Mutation(
        bug=17,
        what="copies of a photo not kept in one group",
        file=f"{CORE}/curation.py",
        old='index["photo_id"].groupby(groups).transform("first")',
        new='index["photo_id"]',
        tests=("tests/pipelines/test_data_processing_nodes.py",),
    ),
)

LOST_ENTRIES = (
    Mutation(
        bug=18,
        what="no gradient for the entries of wrong classes",
        file=f"{CORE}/theory.py",
        old="return as_array(probabilities) - as_array(target)",
        new="return np.where(as_array(target) > 0, as_array(probabilities) - as_array(target), 0)",
        tests=("tests/core/test_theory.py",),
    ),
    Mutation(
        bug=18,
        what="the Jacobian of softmax taken as its diagonal",
        file=f"{CORE}/theory.py",
        old="return np.diag(y) - np.outer(y, y)",
        new="return np.diag(y * (1 - y))",
        tests=("tests/core/test_theory.py",),
    ),
    Mutation(
        bug=18,
        what="wrong classes left out when the network is trained",
        file=f"{CORE}/theory.py",
        old="dz2 = softmax_cross_entropy_gradient(made.probabilities, target) / x.shape[1]",
        new="dz2 = target * (made.probabilities - target) / x.shape[1]",
        tests=("tests/core/test_theory.py",),
    ),
)

MUTATIONS: tuple[Mutation, ...] = (
    *SWAPPED_SPLITS,
    *PREVIOUS_IMAGES,
    *MISALIGNED_ROWS,
    *SMOOTHED_MASKS,
    *NO_NORMALISATION,
    *OTHER_STRIDE,
    *ABSENT_CLASSES,
    *FIRST_FIFTY,
    *KEYS_IN_THE_SOURCE,
    *LOADED_LOOSELY,
    *RANDOM_WEIGHTS,
    *ONE_VS_REST,
    *UNSTRATIFIED,
    *TWO_PASSES,
    *ACCURACY_AGAINST_RECALL,
    *UNLABELED_AS_CLASS,
    *LEAKED_COPIES,
    *LOST_ENTRIES,
)
