"""How a linear layer's relevance is shared among its inputs: the rules of LRP and deep Taylor.

Each rule is a choice of what an input contributes to an output; every output's relevance is shared
in proportion. LRP: Bach et al., PLoS ONE 2015; Montavon et al., Layer-Wise Relevance Propagation:
An Overview, 2019. Deep Taylor: Montavon et al., Pattern Recognition 65, 2017, where z+, the z-box
and w2 are decompositions at a root point.

A convolution with an average is one layer: the average of the convolution. Its kernel is 1 x 1
wherever it comes from Inception V3, so that the rules are those of the product of both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jobs.common.types import Tensor
from jobs.explain.transpose import transpose_convolution
from jobs.model import tf_runtime
from jobs.model.graph import Convolution

Term = tuple[Tensor, Tensor]
"""Inputs and a kernel, whose products are contributions."""


@dataclass(frozen=True)
class LinearPart:
    """A convolution without its ReLU.

    Attributes:
        convolution: its strides, padding and average.
        kernel: (rows, columns, channels in, channels out).
        bias: (channels out,): what counts as a contribution that no input has made, and keeps its
            share of the relevance. Zeros: the inputs share all.
    """

    convolution: Convolution
    kernel: Tensor
    bias: Tensor

    @classmethod
    def of(cls, convolution: Convolution, dtype: str, *, biases: bool) -> "LinearPart":
        """A convolution's, in this dtype; with `biases`, they keep their share."""
        tf = tf_runtime.start()
        bias = tf.constant(convolution.bias.astype(dtype))
        kernel = tf.constant(convolution.kernel.astype(dtype))
        return cls(convolution, kernel, bias if biases else tf.zeros_like(bias))

    def forward(self, value: Tensor, kernel: Tensor) -> Tensor:
        """The output for some inputs and another kernel, without a bias."""
        tf = tf_runtime.start()
        convolution = self.convolution
        sums = tf.nn.conv2d(value, kernel, convolution.strides, convolution.padding)
        if convolution.average:
            sums = tf.nn.avg_pool2d(sums, convolution.average, 1, "SAME")
        return sums

    def share(
        self, terms: Iterable[Term], bias: Tensor, relevance: Tensor, epsilon: float = 0
    ) -> Tensor:
        """Shares each output's relevance in proportion to the terms' contributions to it.

        Args:
            terms: the contributions, added up.
            bias: (channels out,): what else the relevance is divided by.
            relevance: of the output's shape.
            epsilon: is added to what the relevance is divided by, away from 0, as a share of that
                layer's root mean square.
        """
        tf = tf_runtime.start()
        terms = list(terms)
        total = tf.add_n([self.forward(value, kernel) for value, kernel in terms]) + bias
        if epsilon:
            size = epsilon * tf.sqrt(tf.reduce_mean(total * total))
            total += tf.where(total >= 0, size, -size)
        each = tf.math.divide_no_nan(relevance, total)
        return tf.add_n(
            [
                value * transpose_convolution(self.convolution, value.shape, each, kernel)
                for value, kernel in terms
            ]
        )


LinearRule = Callable[[LinearPart, Tensor, Tensor], Tensor]
"""(layer, its input, its output's relevance) -> its input's relevance."""


def zero(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
    """LRP-0, or z: an input contributes what it adds to the output."""
    return layer.share([(value, layer.kernel)], layer.bias, relevance)


def epsilon(size: float = 0.25) -> LinearRule:
    """LRP-epsilon: as `zero`, and `size` of the layer's root mean square keeps its share."""

    def rule(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
        return layer.share([(value, layer.kernel)], layer.bias, relevance, size)

    return rule


def gamma(weight: float = 0.25) -> LinearRule:
    """LRP-gamma, for inputs not below 0: what adds to the output counts 1 + `weight` times."""

    def rule(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
        kernel, bias = (each + weight * _above(each) for each in (layer.kernel, layer.bias))
        return layer.share([(value, kernel)], bias, relevance)

    return rule


def z_plus(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
    """z+, or alpha 1 beta 0: only what adds to the output contributes."""
    return layer.share(_products(layer, value, 1), _above(layer.bias), relevance)


def alpha_beta(alpha: float = 2) -> LinearRule:
    """LRP alpha-beta, where beta is alpha - 1: what subtracts gets relevance below 0."""

    def rule(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
        added = z_plus(layer, value, relevance)
        subtracted = layer.share(_products(layer, value, -1), _below(layer.bias), relevance)
        return alpha * added - (alpha - 1) * subtracted

    return rule


def w_square(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
    """w2: an input contributes the square of its weight, whatever its value."""
    tf = tf_runtime.start()
    return _share_by_weight(layer, tf.square(layer.kernel), value, relevance)


def flat(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
    """Flat: the inputs that an output reads contribute alike."""
    tf = tf_runtime.start()
    return _share_by_weight(layer, tf.ones_like(layer.kernel), value, relevance)


def z_box(low: float = -1, high: float = 1) -> LinearRule:
    """The z-box, for inputs between `low` and `high`, such as a view's pixels.

    An input contributes what it adds beyond the value in the box that adds least: `low` where its
    weight is above 0, `high` where it is below. A bias has no share.
    """

    def rule(layer: LinearPart, value: Tensor, relevance: Tensor) -> Tensor:
        tf = tf_runtime.start()
        least, most = tf.fill(value.shape, -low), tf.fill(value.shape, -high)
        terms = (
            (value, layer.kernel),
            (tf.cast(least, value.dtype), _above(layer.kernel)),
            (tf.cast(most, value.dtype), _below(layer.kernel)),
        )
        return layer.share(terms, tf.zeros_like(layer.bias), relevance)

    return rule


def _share_by_weight(layer: LinearPart, kernel: Tensor, value: Tensor, relevance: Tensor) -> Tensor:
    tf = tf_runtime.start()
    bias = tf.zeros_like(layer.bias)
    return layer.share([(tf.ones_like(value), kernel)], bias, relevance)


def _products(layer: LinearPart, value: Tensor, sign: int) -> list[Term]:
    """The products of input and weight that have this sign."""
    tf = tf_runtime.start()
    same, other = (_above, _below) if sign > 0 else (_below, _above)
    terms = [(_above(value), same(layer.kernel))]
    if tf.reduce_any(value < 0):
        terms.append((_below(value), other(layer.kernel)))
    return terms


def _above(value: Tensor) -> Tensor:
    tf = tf_runtime.start()
    return tf.nn.relu(value)


def _below(value: Tensor) -> Tensor:
    tf = tf_runtime.start()
    return -tf.nn.relu(-value)
