"""The figures of a study as SVG: computed, held and drawn.

Each display holds the numbers that it draws. Make one from predictions or from metrics.json, draw
it on Matplotlib axes of your own, or turn it into an SVG element:

    from jobs.plots import RocDisplay, to_svg

    display = RocDisplay.from_predictions({"fold0": cases})
    display.draw(axes)
    text = to_svg(display, "roc")
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "calibration": ["CalibrationDisplay"],
        "categories": ["CategoriesDisplay"],
        "figures": ["make_figures"],
        "flow": ["FlowDisplay"],
        "forest": ["ForestDisplay"],
        "learning_curves": ["LearningCurvesDisplay"],
        "precision_recall": ["PrecisionRecallDisplay"],
        "roc": ["RocDisplay"],
        "svg": ["to_svg"],
    },
)
