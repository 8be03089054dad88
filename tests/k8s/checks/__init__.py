"""What the API server, or mammo, would refuse in manifests, found without running either.

A check takes the documents of one set, such as a rendered overlay, and returns its problems: one
line each, of file, document, field, rule and value.
"""

from tests.k8s.checks.commands import (
    arguments_parse,
    paths_mounted,
    programs,
    root_writable,
    variables_there,
)
from tests.k8s.checks.deployments import recreated
from tests.k8s.checks.documents import Node
from tests.k8s.checks.endings import says_why_it_ended
from tests.k8s.checks.jobset import depends_on_earlier
from tests.k8s.checks.names import labels, names, names_with_index, once
from tests.k8s.checks.network import (
    addresses_public,
    blocks_well_formed,
    names_of_the_cluster,
    peers_named,
)
from tests.k8s.checks.policies import (
    disruptions,
    exit_codes,
    indices,
    policy_rules,
    restarts,
    time_to_stop,
)
from tests.k8s.checks.references import entries_there, objects_there, sources_there, volumes_there
from tests.k8s.checks.resources import (
    disk_holds_volumes,
    memory_holds_volumes,
    requests_within_limits,
    resources_complete,
)
from tests.k8s.checks.schema import kinds, schema
from tests.k8s.checks.security import images_pinned, restricted
from tests.k8s.checks.selectors import isolated, ports_there, selectors
from tests.k8s.checks.study import (
    completions_repeat_study,
    study_loads,
    workers_are_completions,
)
from tests.k8s.checks.values import numbers, quantities, quantities_as_kept, words
from tests.k8s.checks.waiting import ends_some_day, waits, waits_within_deadline

ALONE = (
    schema,
    words,
    numbers,
    quantities,
    quantities_as_kept,
    names,
    names_with_index,
    labels,
    once,
    restricted,
    images_pinned,
    resources_complete,
    requests_within_limits,
    memory_holds_volumes,
    disk_holds_volumes,
    restarts,
    time_to_stop,
    indices,
    exit_codes,
    policy_rules,
    disruptions,
    ends_some_day,
    says_why_it_ended,
    recreated,
    peers_named,
    addresses_public,
    blocks_well_formed,
    names_of_the_cluster,
    depends_on_earlier,
    programs,
    root_writable,
    variables_there,
    volumes_there,
    sources_there,
    study_loads,
    workers_are_completions,
)
"""Checks of any documents, also of one file alone."""

TOGETHER = (
    objects_there,
    entries_there,
    selectors,
    isolated,
    ports_there,
    arguments_parse,
    paths_mounted,
    waits,
    waits_within_deadline,
    completions_repeat_study,
)
"""Checks of all that is applied at once."""


def problems_alone(documents: list[Node], addon: str = "") -> dict[str, list[str]]:
    """The problems that documents have by themselves, by check; empty if there are none.

    Args:
        addon: whose kinds there may be, too, such as `jobset`.
    """
    found = {check.__name__: check(documents) for check in ALONE}
    found["kinds"] = kinds(documents, addon)
    return {name: list(dict.fromkeys(lines)) for name, lines in found.items() if lines}


def problems(documents: list[Node], addon: str = "") -> dict[str, list[str]]:
    """The problems of a whole set, by check; empty if there are none."""
    found = {check.__name__: check(documents) for check in TOGETHER}
    together = {name: list(dict.fromkeys(lines)) for name, lines in found.items() if lines}
    return problems_alone(documents, addon) | together
