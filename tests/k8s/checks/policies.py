"""What a Job does when its pods end.

Sources: DESIGN's exit codes, as in jobs/common/errors.py; Kubernetes API reference, JobSpec.
"""

from collections import defaultdict

from jobs.common.errors import ExitCode
from tests.k8s.checks.documents import Node, containers, is_indexed, of_kind

ACTIONS = {
    "FailJob": [ExitCode.USAGE, ExitCode.DATA, ExitCode.CONFIG],
    "Ignore": [ExitCode.MISSING_INPUT, ExitCode.STOPPED],
}
"""Fails the Job; tries again, uncounted. All other codes are counted."""

LEAST_GRACE = 25  # CHANGELOG: a stage that is told to stop ends within 20 s; 5 to spare


def exit_codes(documents: list[Node]) -> list[str]:
    """Each Job's policy acts on jobs/common/errors.py's codes, as they are meant there."""
    found = []
    for job in of_kind(documents, "Job"):
        rules = job["spec.podFailurePolicy.rules"]
        acted: dict[str, list[int]] = defaultdict(list)
        for rule in rules.items():
            acted[rule["action"].value] += rule["onExitCodes.values"].value or []
        for action in sorted({*ACTIONS, *acted}, key=str):
            wanted = [int(code) for code in ACTIONS.get(action, [])]
            if sorted(acted[action]) != wanted:
                codes = Node(acted[action], rules.where, rules.path)
                found.append(codes.must(f"have {action} on the codes {wanted}"))
    return found


def disruptions(documents: list[Node]) -> list[str]:
    """An eviction or a preemption is not counted."""
    found = []
    for job in of_kind(documents, "Job"):
        rules = job["spec.podFailurePolicy.rules"]
        ignored = [
            condition["type"].value
            for rule in rules.items()
            for condition in rule["onPodConditions"].items()
            if rule["action"].value == "Ignore" and condition["status"].value in (None, "True")
        ]
        if "DisruptionTarget" not in ignored:
            found.append(Node(ignored, rules.where, rules.path).must("ignore DisruptionTarget"))
    return found


def policy_rules(documents: list[Node]) -> list[str]:
    """A rule is about exit codes in order, other than 0, of a container that is there."""
    found = []
    for job in of_kind(documents, "Job"):
        known = [each["name"].value for each in containers(job["spec.template.spec"])]
        for rule in job["spec.podFailurePolicy.rules"].items():
            codes, name = rule["onExitCodes"], rule["onExitCodes.containerName"]
            values = codes["values"].value or []
            if (codes.value is None) == (rule["onPodConditions"].value is None):
                found.append(rule.must("have either onExitCodes or onPodConditions"))
            if name.value is not None and name.value not in known:
                found.append(name.must("be a container of the pod"))
            if values != sorted(set(values)):
                found.append(codes["values"].must("be in ascending order, each once"))
            if codes["operator"].value == "NotIn":
                found.append(codes["operator"].must("be In: all other codes are counted"))
    return found


def restarts(documents: list[Node]) -> list[str]:
    """A Job with a failure policy, or a limit for each index, makes a new pod for each attempt."""
    found = []
    for job in of_kind(documents, "Job"):
        restart = job["spec.template.spec.restartPolicy"]
        policy = job["spec.podReplacementPolicy"]
        if restart.value in (None, "OnFailure"):
            found.append(restart.must("be Never, as a failure policy asks for"))
        if policy.value == "TerminatingOrFailed":
            found.append(policy.must("be Failed, as a failure policy asks for"))
    return found


def time_to_stop(documents: list[Node]) -> list[str]:
    """A stage that is told to stop may end by itself; unsaid, Kubernetes gives it 30 s."""
    said = [
        job["spec.template.spec.terminationGracePeriodSeconds"] for job in of_kind(documents, "Job")
    ]
    return [
        node.must(f"not be below {LEAST_GRACE}: a stage may take 20 s to stop")
        for node in said
        if type(node.value) is int and node.value < LEAST_GRACE
    ]


def indices(documents: list[Node]) -> list[str]:
    """Only an Indexed Job has fields about indices, and it says how many it has."""
    found = []
    for job in of_kind(documents, "Job"):
        spec = job["spec"]
        if is_indexed(job):
            if spec["completions"].value is None:
                found.append(spec["completions"].must("be said where completionMode is Indexed"))
            found += _failed_indices(spec)
            continue
        actions = [rule["action"] for rule in spec["podFailurePolicy.rules"].items()]
        said = [spec["backoffLimitPerIndex"], spec["maxFailedIndexes"]]
        said += [action for action in actions if action.value == "FailIndex"]
        found += [
            node.must("not be said unless completionMode is Indexed")
            for node in said
            if node.value is not None
        ]
    return found


def _failed_indices(spec: Node) -> list[str]:
    """How many may fail is counted where each has its own limit, and is no more than there are."""
    most, completions = spec["maxFailedIndexes"], spec["completions"]
    if type(most.value) is not int:
        return []
    found = []
    if spec["backoffLimitPerIndex"].value is None:
        found.append(spec["backoffLimitPerIndex"].must("be said where maxFailedIndexes is"))
    if type(completions.value) is int and most.value > completions.value:
        found.append(most.must(f"be at most completions, {completions.value}"))
    return found
