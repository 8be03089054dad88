"""Views are pure: a function of (seed, image, view, configuration), and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.config.sections import ViewsConfig
from jobs.views.dali import ViewMaker, make_views
from jobs.views.frame import fit
from jobs.views.parameters import ViewParameters, draw_parameters
from jobs.views.source import ImageReducer
from tests.processors import needs_gpu
from tests.reduced import reduced_image

CONFIG = ViewsConfig(size=(96, 80))


def breast_image(shape=(400, 300), seed=0):
    """A bright half-ellipse with texture at the left edge, on a background of 0."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    inside = (x / (0.7 * shape[1])) ** 2 + ((y - shape[0] / 2) / (0.4 * shape[0])) ** 2 < 1
    texture = np.random.default_rng(seed).integers(1000, 3000, shape)
    image = np.where(inside, texture, 0).astype(np.uint16)
    image.flags.writeable = False
    return image


def parameters(**changes):
    neutral = {
        "crop": (0.0, 0.0, 0.0, 0.0),
        "flip": False,
        "contrast": 1.0,
        "brightness": 0.0,
        "noise": np.zeros((*CONFIG.size, 1), np.float32),
    }
    return ViewParameters(**{**neutral, **changes})


@pytest.fixture(scope="module")
def maker():
    return ViewMaker(CONFIG, batch=4, threads=2)


@pytest.fixture(scope="module")
def reduced():
    return ImageReducer(CONFIG).reduce(breast_image())


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(9)), st.integers(1, 9))
def test_views_do_not_depend_on_batch_or_order(maker, reduced, order, length):
    """A view's bytes are the same alone and at any place in any batch."""
    drawn = [draw_parameters(3, "20586908", view, CONFIG) for view in range(9)]
    alone = [maker.make_array(reduced, [one])[0] for one in drawn]
    chosen = order[:length]
    together = maker.make_array(reduced, [drawn[view] for view in chosen])
    for view, made in zip(chosen, together, strict=True):
        assert np.array_equal(made, alone[view])


@pytest.mark.parametrize(("batch", "threads"), [(1, 1), (3, 1), (16, 4)])
def test_views_do_not_depend_on_workers(maker, reduced, batch, threads):
    """Another pipeline, with other batches and threads, makes the same bytes."""
    drawn = [draw_parameters(3, "20586908", view, CONFIG) for view in range(5)]
    other = ViewMaker(CONFIG, batch=batch, threads=threads)
    again = ImageReducer(CONFIG).reduce(breast_image())
    assert np.array_equal(again.pixels, reduced.pixels)
    assert np.array_equal(other.make_array(again, drawn), maker.make_array(reduced, drawn))


def test_views_of_one_image(maker, reduced):
    """`make_views` gives an image's first views, as any other way to make them does."""
    drawn = [draw_parameters(3, "20586908", view, CONFIG) for view in range(5)]
    made = make_views(breast_image(), "20586908", CONFIG, seed=3, count=5)
    assert np.array_equal(made, maker.make_array(reduced, drawn))


def test_a_view_is_in_inceptions_range_with_the_asked_shape(maker, reduced):
    """Views are (rows, columns, 1) float32 in [-1, 1], padded with black."""
    made = maker.make_array(reduced, [draw_parameters(3, "1", view, CONFIG) for view in range(6)])
    assert made.shape == (6, 96, 80, 1)
    assert made.dtype == np.float32
    assert made.min() >= -1 and made.max() <= 1


@pytest.mark.parametrize("region", ["breast", "image"])
def test_aspect_is_kept_and_the_rest_is_black(region):
    """A 2:1 region in a square view fills half of it, centred."""
    config = ViewsConfig(size=(100, 100), region=region, window=(0.0, 100.0))
    image = np.full((400, 200), 2000, np.uint16)
    maker = ViewMaker(config, batch=1, threads=1)
    view = maker.make_array(
        reduced_image(ImageReducer(config).reduce(image).pixels, (0.0, 2000.0)),
        [draw_parameters(1, "1", 0, config)],
    )[0, ..., 0]
    assert np.allclose(view[:, 25:75], 1, atol=1e-6)
    assert (view[:, :25] == -1).all() and (view[:, 75:] == -1).all()


@pytest.mark.parametrize("size", [(320, 299), (299, 400)])
def test_a_framed_view_is_the_fixed_one_without_its_black(size):
    """With `frame` breast the untouched view has the same pixels, and less beside them."""
    fixed = ViewsConfig(size=size)
    image = breast_image((400, 160))
    whole = make_views(image, "1", fixed, seed=3, count=1)[0]
    framed_view = make_views(image, "1", replace(fixed, frame="breast"), seed=3, count=1)[0]
    _, (height, width) = fit(ImageReducer(fixed).reduce(image).pixels.shape[:2], size)
    assert framed_view.shape[1] < min(width + 16, size[1])

    def centre(view):
        top, left = (
            (outer - side + 1) // 2
            for outer, side in zip(view.shape[:2], (height, width), strict=True)
        )
        return view[top : top + height, left : left + width]

    assert np.array_equal(centre(whole), centre(framed_view))


def test_all_views_of_an_image_have_its_frame():
    """Whatever is cut off at the edges, so that they can be stacked; noise is everywhere."""
    config = ViewsConfig(size=(200, 200), frame="breast", crop=0.3)
    views = make_views(breast_image((400, 160)), "1", config, seed=3, count=9)
    assert views.shape[:2] == (9, 200) and views.shape[2] % 16 == 0 and views.shape[2] < 200
    assert all((view != -1).any(axis=(0, 2)).mean() > 0.4 for view in views)


def test_flip_mirrors(maker, reduced):
    """A flipped view is the mirror image of the view."""
    plain, flipped = maker.make_array(reduced, [parameters(), parameters(flip=True)])
    assert np.allclose(plain[:, ::-1], flipped, atol=1e-6)


def test_contrast_brightness_and_noise_are_what_they_say(maker, reduced):
    """Contrast turns about mid-grey, brightness shifts, noise adds; then clipped to [-1, 1]."""
    noise = np.full((*CONFIG.size, 1), 0.05, np.float32)
    changed = parameters(contrast=0.8, brightness=0.1, noise=noise)
    plain, varied = maker.make_array(reduced, [parameters(), changed])
    # In [0, 1]: (y - 0.5) * 0.8 + 0.5 + 0.1 + 0.05; the output is 2 y - 1.
    assert np.allclose(varied, np.clip(plain * 0.8 + 0.3, -1, 1), atol=1e-5)


@settings(max_examples=5)
@given(st.permutations(range(5)))
def test_turned_and_deformed_views_are_pure(order):
    """Alone or in any batch the bytes are the same; the untouched one is as it is without."""
    config = replace(CONFIG, rotation=10.0, elastic=0.05)
    image, maker = ImageReducer(config).reduce(breast_image()), ViewMaker(config, 5, 2)
    drawn = [draw_parameters(3, "20586908", view, config) for view in range(5)]
    together = maker.make_array(image, [drawn[view] for view in order])
    for view, made in zip(order, together, strict=True):
        assert np.array_equal(made, maker.make_array(image, [drawn[view]])[0])
    without = ViewMaker(CONFIG, 1, 1).make_array(image, [draw_parameters(3, "1", 0, CONFIG)])
    assert np.array_equal(together[order.index(0)], without[0])


def test_a_view_is_turned_to_the_left():
    """By 90 degrees, as NumPy turns an array; at 30 its corners are black."""
    config = replace(CONFIG, size=(96, 96), rotation=90.0)
    pixels = np.random.default_rng(0).integers(1, 1000, (96, 96, 1), np.uint16)
    noise = np.zeros((96, 96, 1), np.float32)
    turned, plain, slanted = ViewMaker(config, 3, 1).make_array(
        reduced_image(pixels, (0.0, 1000.0)),
        [parameters(noise=noise, rotation=degrees) for degrees in (90.0, 0.0, 30.0)],
    )
    np.testing.assert_allclose(turned[1:-1, 1:-1], np.rot90(plain)[1:-1, 1:-1], atol=1e-3)
    assert (slanted[[0, 0, -1, -1], [0, -1, 0, -1]] == -1).all()


def test_crop_shows_what_is_left(maker):
    """Cutting the left half leaves the right half, as large as fits."""
    pixels = np.zeros((96, 160, 1), np.uint16)
    pixels[:, 80:] = 1000
    made = maker.make_array(reduced_image(pixels, (0.0, 1000.0)), [parameters(crop=(0, 0.5, 0, 0))])
    assert (made == 1).all()


def test_a_label_beside_the_breast_is_no_part_of_any_view():
    """Burned-in letters change nothing of a view of the breast."""
    image = breast_image()
    labelled = image.copy()
    labelled[20:40, 250:290] = 4000
    maker = ViewMaker(CONFIG, batch=1, threads=1)
    drawn = [draw_parameters(1, "1", 0, CONFIG)]
    with_label = maker.make_array(ImageReducer(CONFIG).reduce(labelled), drawn)
    assert np.array_equal(maker.make_array(ImageReducer(CONFIG).reduce(image), drawn), with_label)


def test_reducing_once_looks_like_resizing_from_the_full_image():
    """A view from the reduced image is close to an independent antialiased resize (Pillow's)."""
    from PIL import Image

    y, x = np.mgrid[:800, :600]
    smooth = (2000 + 1500 * np.sin(x / 60) * np.cos(y / 80)).astype(np.uint16)
    config = ViewsConfig(size=(100, 75), region="image", window=(0.0, 100.0))
    maker = ViewMaker(config, batch=1, threads=1)
    reduced = ImageReducer(config).reduce(smooth)
    made = maker.make_array(reduced, [draw_parameters(1, "1", 0, config)])[0, ..., 0]
    resized = Image.fromarray(smooth.astype(np.float32)).resize(
        (75, 100), Image.Resampling.BILINEAR
    )
    low, high = reduced.window
    reference = np.clip((np.asarray(resized) - low) / (high - low), 0, 1) * 2 - 1
    assert np.abs(made - reference).max() < 0.05
    assert np.abs(made - reference).mean() < 0.01


def test_an_image_without_contrast_makes_finite_views(maker):
    """A constant image has a window of no width; nothing is divided by it."""
    made = maker.make_array(
        ImageReducer(CONFIG).reduce(np.full((200, 200), 5, np.uint16)),
        [draw_parameters(1, "1", 0, CONFIG)],
    )
    assert np.isfinite(made).all()


@needs_gpu
def test_a_gpu_makes_the_same_views(maker, reduced):
    """Within a hundredth of their range at every pixel, and a thousandth on average."""
    drawn = [draw_parameters(3, "20586908", view, CONFIG) for view in range(9)]
    ours, theirs = (
        each.make_array(reduced, drawn)
        for each in (maker, ViewMaker(CONFIG, batch=4, threads=2, gpu=0))
    )
    apart = np.abs(ours - theirs)
    assert apart.max() <= 0.02 and apart.mean() <= 0.002
