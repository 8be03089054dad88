"""What a model's predictions are worth: metrics with intervals over patients.

Everything here is computed from files that anybody can read (predictions.csv, metrics.json,
history.csv), and never needs TensorFlow. The shortest way to a number:

    from pathlib import Path

    from jobs.evaluation import estimate_metric, read_predictions, select

    rows = read_predictions(Path("predictions.csv"))
    tested = select(rows, model="all", weights="last", split="test")
    print(estimate_metric(tested, "auc", level="patient"))  # 0.83 (0.74 to 0.91)
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "bootstrap": ["Interval", "Resamples", "percentile_interval", "resample_patients"],
        "calibration": ["compute_calibration"],
        "checks": ["check_predictions"],
        "cohort": ["count_images"],
        "estimates": ["Estimate"],
        "hardest": ["find_hardest"],
        "history": ["History", "read_history"],
        "levels": ["Cases", "at_level", "pool"],
        "metrics": ["estimate_metric", "estimate_metrics"],
        "predictions": ["Prediction", "read_predictions", "select", "to_csv"],
        "study_metrics": ["compute_study_metrics"],
        "thresholds": ["youden_threshold"],
    },
)
