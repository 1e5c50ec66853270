"""The models: classifiers of photos and segmenters of scenes."""
