"""A breast without findings: fat, parenchyma, strands, vessels, muscle and skin."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.special import expit

from mammo_tfds.phantom.anatomy import Breast, Frame
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import Key, rng
from mammo_tfds.phantom.texture import Field, make_noise, make_web, resize, sample_field

_ROLL_OFF = 0.13  # heights from the skin within which the compressed breast gets thinner
_SKIN = 0.0075  # 1.75 mm
# By density: the threshold of the parenchyma, in standard deviations of its texture.
_SPARSENESS = {1: 1.5, 2: 0.7, 3: -0.2, 4: -1.3}


def render_tissue(seed: int, exposure: Exposure, breast: Breast, frame: Frame) -> Field:
    """(rows, cols) float32: counts without noise, for a breast of full thickness everywhere."""
    # Without exam and repeat: a breast's tissue is the same in each, but differs between views.
    key = ("tissue", exposure.index, exposure.side, exposure.view)
    turned, along = _towards_nipple(seed, key, frame)
    glands = _parenchyma(seed, key, breast, frame, turned, along)
    fade = make_noise(seed, *key, "fade", size=len(frame.y), beta=3.0, band=(4.0, np.inf))
    strands = _strands(seed, key, fade, turned, along)
    value = breast.fat * (1 + 0.06 * frame.crop(fade))
    value += breast.gain * (0.72 * glands + 0.25 * breast.strands * strands * (1.1 - glands))
    value += 0.16 * breast.gain * _vessels(seed, key, frame)
    if frame.muscle is not None:
        value = _add_muscle(seed, key, value, breast, frame, frame.muscle)
    return value


def compute_thickness(frame: Frame) -> Field:
    """(rows, cols) float32 in 0..1: the thickness that X-rays pass, relative to the full one."""
    inward = np.clip(frame.depth / _ROLL_OFF, 0, 1)
    return np.sqrt(1 - np.square(1 - inward))


def render_skin(breast: Breast, frame: Frame) -> Field:
    """(rows, cols) float32: counts of the skin, seen edge on, and of the nipple."""
    middle = _SKIN / 2
    line = np.exp(-np.square((frame.depth - middle) / np.float32(_SKIN / 2.2)))
    ny, nx = frame.nipple
    return breast.fat * (0.65 * line + 0.4 * frame.bump((ny, nx - 0.006), 0.01))


def _towards_nipple(seed: int, key: tuple[Key, ...], frame: Frame) -> tuple[Field, Field]:
    """Polar coordinates around the nipple, along which ducts and ligaments run: angle, distance.

    Both are distorted a little, so that what is straight in them is curved in the image.
    """
    ny, nx = frame.nipple
    y, x = frame.y - np.float32(ny), np.float32(nx + 0.12) - frame.x
    bend_y, bend_x = (
        resize(make_noise(seed, *key, name, size=64, beta=3.6, band=(3.0, 12.0)), frame.shape)
        for name in ("bend y", "bend x")
    )
    turned = np.arctan2(y, x) * np.float32(0.42) + np.float32(0.008) * bend_y
    return turned, np.hypot(y, x) + np.float32(0.008) * bend_x


def _parenchyma(
    seed: int, key: tuple[Key, ...], breast: Breast, frame: Frame, turned: Field, along: Field
) -> Field:
    """0 to 1: the share of glandular tissue, a power-law texture within an envelope."""
    clumps, streaks = (
        make_noise(
            seed, *key, name, size=len(frame.y), beta=breast.beta, band=band, stretch=stretch
        )
        for name, band, stretch in (
            ("clumps", (breast.clump, np.inf), 1.0),
            ("streaks", (2 * breast.clump, np.inf), 2.0),
        )
    )
    noise = 0.75 * frame.crop(clumps) + 0.65 * sample_field(streaks, turned, along)
    posterior, across = _anatomical(frame)
    envelope = 1 - np.square((posterior - 0.42) / 0.52) - np.square(across / 0.8)
    under_skin = np.clip((frame.depth - 0.02) / 0.05, 0, 1)
    sparse = _SPARSENESS[breast.density] - 0.5 * (breast.glandular - 0.5)
    level = noise + 1.6 * np.clip(envelope, -3, 1) - 1.0 - sparse
    share = expit(1.5 * level)
    return share * under_skin * (0.55 + 0.18 * np.clip(level, -1, 3))


def _strands(seed: int, key: tuple[Key, ...], fade: Field, turned: Field, along: Field) -> Field:
    """0 to about 1: ducts and Cooper's ligaments, thin curves that fade in and out with `fade`."""
    ducts, ligaments = (
        make_web(
            make_noise(seed, *key, name, size=len(fade), beta=2.7, band=band, stretch=long), width
        )
        for name, band, long, width in (
            ("ducts", (7.0, 60.0), 4.0, 0.16),
            ("ligaments", (9.0, 60.0), 2.0, 0.11),
        )
    )
    both = ducts * np.clip(0.5 + 0.5 * fade, 0, None)
    both += 0.7 * ligaments * np.clip(0.5 - 0.5 * fade, 0, None)
    return sample_field(both, turned, along)


def _vessels(seed: int, key: tuple[Key, ...], frame: Frame) -> Field:
    """0 to about 1: a few winding veins from the chest wall towards the nipple."""
    draw = rng(seed, *key, "vessels")
    rows, cols = frame.shape
    canvas = Image.new("F", (cols, rows))
    pen = ImageDraw.Draw(canvas)
    for _ in range(int(draw.integers(2, 5))):
        steps = np.linspace(1.1, draw.uniform(0.25, 0.5), 40)
        across = draw.uniform(-0.9, 0.9) * (0.35 + 0.65 * steps)
        across = across + np.cumsum(draw.normal(0, 0.012, 40))
        places = [frame.at(p, a) for p, a in zip(steps, across, strict=True)]
        width = max(1, round(draw.uniform(0.0035, 0.007) * rows))
        pen.line([(x * rows, y * rows) for y, x in places], draw.uniform(0.5, 1), width)
    return ndimage.gaussian_filter(np.asarray(canvas), 0.0015 * rows)


def _add_muscle(
    seed: int, key: tuple[Key, ...], value: Field, breast: Breast, frame: Frame, inward: Field
) -> Field:
    """Adds the bright, striated pectoral muscle; `inward` is the distance from its edge."""
    size = len(frame.y)
    streaks = make_noise(
        seed, *key, "muscle", size=size, beta=2.6, band=(3.0, np.inf), stretch=0.35
    )
    share = expit(inward / np.float32(0.0025))
    deep = np.clip(inward / 0.15, 0, 1)
    muscle = breast.fat + breast.gain * (0.38 + 0.32 * deep + 0.05 * frame.crop(streaks))
    return value + share * (muscle - value) * 0.85


def _anatomical(frame: Frame) -> tuple[Field, Field]:
    """Each pixel's distance behind the nipple and from the axis, as in `Frame.at`."""
    ny, nx = (np.float32(part) for part in frame.nipple)
    ay, ax = (np.float32(part) for part in frame.axis)
    y, x = frame.y - ny, frame.x - nx
    behind, beside = y * ay + x * ax, x * ay - y * ax
    return behind * np.float32(1 / frame.reach), beside * np.float32(1 / frame.spread)
