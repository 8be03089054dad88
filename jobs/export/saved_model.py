"""The models of a run as a SavedModel of TensorFlow: views in, the logits of all models out."""

from collections.abc import Callable
from pathlib import Path

from jobs.common.types import Array, Bools
from jobs.export.ensemble import Ensemble
from jobs.model import tf_runtime


def write_saved_model(ensemble: Ensemble, folder: Path) -> None:
    """Writes a SavedModel whose one signature is `serving_default`.

    Its inputs are `views`, (n, rows, columns, 1) float32 in [-1, 1], and of a local head `breast`,
    (n, h, w) bool; its output is `logits`, (n, models) float32.
    """
    tf = tf_runtime.start()
    size = ensemble.study.views.common_size
    specs = [tf.TensorSpec((None, *size, 1), tf.float32, "views")]
    if ensemble.local:
        specs.append(tf.TensorSpec((None, None, None), tf.bool, "breast"))
    module = tf.Module()
    module.trained = [each.classifier.trained for each in ensemble.models.values()]
    module.serve = tf.function(
        lambda *inputs: {"logits": ensemble.logits(*inputs)},
        input_signature=specs,
        autograph=False,
    )
    signatures = {"serving_default": module.serve.get_concrete_function()}
    tf.saved_model.save(module, str(folder), signatures)


def read_saved_model(folder: Path) -> Callable[[Array, Bools | None], Array]:
    """The SavedModel as a function of views and, of a local head, places: (n, models) float32."""
    tf = tf_runtime.start()
    loaded = tf.saved_model.load(str(folder))
    serve = loaded.signatures["serving_default"]

    def call(views: Array, breast: Bools | None) -> Array:
        assert loaded  # keeps its variables
        places = {} if breast is None else {"breast": tf.constant(breast)}
        return serve(views=tf.constant(views), **places)["logits"].numpy()

    return call
