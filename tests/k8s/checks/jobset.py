"""JobSet's own part; its Jobs are checked as any others."""

from tests.k8s.checks.documents import Node, of_kind


def depends_on_earlier(documents: list[Node]) -> list[str]:
    """dependsOn names earlier replicatedJobs, and waits for Ready or Complete."""
    found = []
    for job_set in of_kind(documents, "JobSet"):
        earlier: set[str] = set()
        for job in job_set["spec.replicatedJobs"].items():
            for each in job["dependsOn"].items():
                if each["name"].value not in earlier:
                    found.append(each["name"].must("be an earlier one of replicatedJobs"))
                if each["status"].value not in ("Complete", "Ready"):
                    found.append(each["status"].must("be Complete or Ready"))
            earlier.add(job["name"].value)
    return found
