"""What a pod may do, and what it asks for."""

from tests.k8s.defects.files import MORE, PREPARE

_SECURITY = [
    ("restricted", PREPARE, "\nautomountServiceAccountToken: false", "", "must be false"),
    ("restricted", PREPARE, "      automountServiceAccountToken: false\n", "", "must be false"),
    ("restricted", PREPARE, "NonRoot: true", "NonRoot: false", "runAsNonRoot must be true"),
    ("restricted", PREPARE, "User: 10001", "User: 0", "runAsUser must be a number above 0"),
    (
        "restricted",
        PREPARE,
        "        runAsUser: 10001\n",
        "",
        "runAsUser must be a number above 0",
    ),
    ("restricted", PREPARE, "        runAsGroup: 10001\n", "", "runAsGroup must be a number"),
    ("restricted", PREPARE, "        fsGroup: 10001\n", "", "fsGroup must be a number above 0"),
    ("restricted", PREPARE, ": RuntimeDefault", ": runtimeDefault", "seccompProfile.type must be"),
    ("restricted", PREPARE, ": RuntimeDefault", ": Unconfined", "seccompProfile.type must be"),
    ("restricted", PREPARE, "Escalation: false", "Escalation: true", "Escalation must be false"),
    ("restricted", PREPARE, "Filesystem: true", "Filesystem: false", "Filesystem must be true"),
    ("restricted", PREPARE, "drop: [ALL]", "drop: [NET_RAW]", "drop must be [ALL]"),
    ("restricted", PREPARE, "drop: [ALL]", "{drop: [ALL], add: [KILL]}", "add must not be said"),
    (
        "restricted",
        PREPARE,
        "Filesystem: true",
        "Filesystem: true\n            privileged: true",
        "privileged must not be said",
    ),
    (
        "restricted",
        PREPARE,
        "Filesystem: true",
        "Filesystem: true\n            runAsUser: 0",
        "containers[0].securityContext.runAsUser must not be said",
    ),
    ("restricted", PREPARE, ": Never", ": Never\n      hostNetwork: true", "hostNetwork must not"),
    (
        "restricted",
        MORE,
        "Port: 6500",
        "Port: 6500\n              hostPort: 80",
        "hostPort must not",
    ),
    (
        "restricted",
        PREPARE,
        "emptyDir:\n            sizeLimit: 1Gi",
        "hostPath: {path: /tmp}",
        "volumes[3].hostPath must be one of configMap",
    ),
    ("images_pinned", PREPARE, "mammo:0.1.0", "mammo", "image must have a tag"),
    ("images_pinned", PREPARE, "mammo:0.1.0", "mammo:latest", "got 'mammo:latest'"),
    ("images_pinned", MORE, "89abcdef\n", "89abcde\n", "image must have a tag"),
]

_RESOURCES = [
    ("resources_complete", MORE, "              cpu: 500m\n", "", "limits.cpu must be said"),
    ("resources_complete", MORE, "              memory: 900Mi\n", "", "requests.memory must be"),
    (
        "resources_complete",
        PREPARE,
        "emptyDir:\n            sizeLimit: 1Gi",
        "emptyDir: {}",
        "emptyDir.sizeLimit must be said",
    ),
    ("resources_complete", MORE, "      storage: 1536Mi", "      {}", "storage must be said"),
    (
        "resources_complete",
        MORE,
        "[ReadWriteOnce, ReadOnlyMany]",
        "[]",
        "accessModes must be said",
    ),
    (
        "resources_complete",
        PREPARE,
        "              ephemeral-storage: 2Gi\n",
        "",
        "limits.ephemeral-storage must be said",
    ),
    ("disk_holds_volumes", MORE, "storage: 3G\n", "storage: 2G\n", "above its volumes on disk"),
    ("requests_within_limits", MORE, "cpu: 300m", "cpu: 501m", "must be within the limit 500m"),
    ("requests_within_limits", MORE, "900Mi", "1100M", "must be within the limit 1Gi"),
    ("memory_holds_volumes", MORE, "512Mi", "1Gi", "must be above its volumes in memory, 1Gi"),
]

DEFECTS = [*_SECURITY, *_RESOURCES]
