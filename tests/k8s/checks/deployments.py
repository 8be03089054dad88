"""Deployments that keep what they have when they are applied again."""

from tests.k8s.checks.documents import Node, of_kind


def recreated(documents: list[Node]) -> list[str]:
    """A Deployment with a claim ends its pod first: another node could not mount ReadWriteOnce."""
    found = []
    for deployment in of_kind(documents, "Deployment"):
        volumes = deployment["spec.template.spec.volumes"].items()
        claims = [each for each in volumes if each["persistentVolumeClaim"].value is not None]
        strategy = deployment["spec.strategy.type"]
        if claims and strategy.value != "Recreate":
            found.append(strategy.must("be Recreate: its claim may be ReadWriteOnce"))
    return found
