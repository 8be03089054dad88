"""Networks as plain operations: computed in order, split, and joined again."""

from jobs.model.graph import (
    INPUT,
    Concatenation,
    Mean,
    Network,
    Node,
    Pooling,
    compute,
    join,
    output_name,
    split_after,
)

POOLING = Pooling((2, 2), (2, 2), "VALID")
NETWORK: Network = (
    Node("a", (INPUT,), POOLING),
    Node("b", ("a",), POOLING),
    Node("c", ("a",), Mean()),
    Node("d", ("b", "c"), Concatenation()),
)


def write_out(node: Node, inputs: list[str]) -> str:
    """An operation as a formula."""
    return f"{node.name}({', '.join(inputs)})"


def test_every_node_is_computed_from_the_outputs_that_it_takes():
    """The input of the network has a value, too; values may be of any kind."""
    values = compute(NETWORK, "x", write_out)
    assert values == {
        INPUT: "x",
        "a": "a(x)",
        "b": "b(a(x))",
        "c": "c(a(x))",
        "d": "d(b(a(x)), c(a(x)))",
    }


def test_the_parts_of_a_network_compute_what_it_computes():
    """The second part takes the output of the first one as its input."""
    first, second = split_after(NETWORK, "a")
    assert [node.name for node in first] == ["a"]
    between = compute(first, "x", write_out)[output_name(first)]
    assert compute(second, between, write_out)["d"] == compute(NETWORK, "x", write_out)["d"]


def test_joining_the_parts_gives_the_network():
    """What was split at a node is joined at that node."""
    assert join(*split_after(NETWORK, "a")) == NETWORK


def test_no_nodes_change_nothing():
    """A network without nodes gives its input, and joining it changes nothing."""
    assert output_name(()) == INPUT
    assert join((), NETWORK) == join(NETWORK, ()) == NETWORK
