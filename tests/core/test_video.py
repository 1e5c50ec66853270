import sys
from fractions import Fraction

import numpy as np
import pytest

from wildroad.core.video import VideoError, even_sides, frame_rate, read_frames, write_frames


def grey_frames(count, *, height=48, width=64):
    """Frames of one grey each, getting lighter, so that their order shows."""
    return [np.full((height, width, 3), 20 * number, np.uint8) for number in range(count)]


def test_frames_come_back_in_order_at_their_rate(tmp_path):
    pytest.importorskip("av")
    path = tmp_path / "drive.mp4"
    write_frames(path, iter(grey_frames(10)), rate=Fraction(30000, 1001))
    read = list(read_frames(path))
    assert frame_rate(path) == Fraction(30000, 1001)
    assert [frame.shape for frame in read] == [(48, 64, 3)] * 10
    assert [round(frame.mean() / 20) for frame in read] == list(range(10))


def test_odd_sides_are_made_even_by_repeating_the_last_pixels(tmp_path):
    pytest.importorskip("av")
    frame = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    assert even_sides(frame).shape == (4, 4, 3)
    assert (even_sides(frame)[3, :3] == frame[2]).all()
    path = tmp_path / "odd.mp4"
    write_frames(path, grey_frames(2, height=33, width=47), rate=Fraction(5))
    assert next(read_frames(path)).shape == (34, 48, 3)


@pytest.mark.faults
def test_what_is_no_video_and_frames_that_make_none_are_refused(tmp_path):
    pytest.importorskip("av")
    path = tmp_path / "notes.mp4"
    path.write_text("seen at dawn")
    for read in (frame_rate, lambda one: list(read_frames(one))):
        with pytest.raises(VideoError, match=r"notes\.mp4 can't be read as a video"):
            read(path)
    with pytest.raises(VideoError, match="there is no frame to write"):
        write_frames(path, [], rate=Fraction(5))
    two = [*grey_frames(1), *grey_frames(1, height=50)]
    with pytest.raises(
        VideoError, match=r"a frame is \(50, 64, 3\) and the first one \(48, 64, 3\)"
    ):
        write_frames(path, two, rate=Fraction(5))


@pytest.mark.faults
def test_without_the_extra_one_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(VideoError, match=r'pip install "wildroad\[video\]"'):
        frame_rate(tmp_path / "drive.mp4")
