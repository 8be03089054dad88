"""Fields, words, quantities, numbers and names."""

from tests.k8s.defects.files import MORE, PREPARE, TRAIN_FOLD

_LONG = 62 * "x"

_SCHEMA = [
    ("schema", TRAIN_FOLD, "backoffLimitPerIndex:", "backoffLimitPerIndx:", "backoffLimitPerIndx"),
    ("schema", MORE, "completions: 2", "completions: two", "spec.completions: 'two' is not"),
    ("schema", MORE, "    - name: web\n      port: 80\n", "    - name: web\n", "'port' is a req"),
    ("kinds", PREPARE, "kind: Job", "kind: CronJob", "CronJob/prepare: kind must be a kind"),
    ("kinds", PREPARE, "batch/v1", "batch/v1beta1", "kind must be a kind that the checks know"),
    ("kinds", MORE, "jobset.x-k8s.io", "kueue.x-k8s.io", "got 'JobSet'"),
]

_WORDS = [
    ("words", MORE, ": Always", ": always", "spec.restartPolicy must be one of Always"),
    ("words recreated", MORE, "type: Recreate", "type: recreate", "strategy.type must be"),
    (
        "words",
        TRAIN_FOLD,
        "Mode: Indexed",
        "Mode: indexed",
        "completionMode must be one of Indexed",
    ),
    ("words", MORE, "Policy: Failed", "Policy: failed", "podReplacementPolicy must be one of"),
    ("words", TRAIN_FOLD, ": Never", ": never", "restartPolicy must be one of Never, OnFailure"),
    ("words exit_codes", TRAIN_FOLD, ": FailJob", ": failJob", "podFailurePolicy.rules"),
    ("words", TRAIN_FOLD, "operator: In", "operator: in", "operator must be one of In, NotIn"),
    ("words disruptions", MORE, 'status: "True"', "status: 'true'", "podFailurePolicy.rules"),
    ("words", MORE, "[Ingress]", "[ingress]", "policyTypes[0] must be one of Egress, Ingress"),
    ("words", "volumes.yaml", "[ReadWriteMany]", "[RWX]", "accessModes[0] must be one of"),
    ("words", MORE, ": Filesystem", ": filesystem", "volumeMode must be one of"),
    ("words", MORE, "type: ClusterIP", "type: clusterIP", "Service/served: spec.type must be one"),
    ("words", MORE, "medium: Memory", "medium: memory", "emptyDir.medium must be one of"),
    (
        "words",
        TRAIN_FOLD,
        ": OnRootMismatch",
        ": Once",
        "fsGroupChangePolicy must be one of Always",
    ),
    ("words", MORE, ": IfNotPresent", ": IfAbsent", "imagePullPolicy must be one of"),
    ("words", MORE, "protocol: TCP", "protocol: tcp", "ports[0].protocol must be one of"),
    ("words", MORE, "operator: Gt", "operator: GT", "matchExpressions[0].operator must be one"),
    ("words selectors", MORE, "tor: In\n        v", "tor: in\n        v", "podSelector"),
    ("words", MORE, "effect: NoSchedule", "effect: Soon", "tolerations[0].effect must be one of"),
    (
        "words",
        MORE,
        "tor: Exists\n          e",
        "tor: Any\n          e",
        "tolerations[0].operator",
    ),
    ("quantities", MORE, "cpu: 300m", "cpu: half", "resources.requests.cpu must be a quantity"),
    ("quantities", MORE, "900Mi", "900MB", "requests.memory must be a quantity"),
    ("quantities", MORE, "1536Mi", "1.5GB", "requests.storage must be a quantity"),
    ("quantities", MORE, "sizeLimit: 2G\n", "sizeLimit: 2g\n", "sizeLimit must be a quantity"),
    ("quantities", MORE, "900Mi", "-1Gi", "requests.memory must not be below 0"),
    ("quantities", MORE, "1536Mi", "-20Gi", "requests.storage must not be below 0"),
    ("quantities", MORE, "sizeLimit: 2G\n", "sizeLimit: -2G\n", "sizeLimit must not be below 0"),
    (
        "quantities",
        MORE,
        "cpu: 500m",
        "cpu: 500m\n              nvidia.com/gpu: 500m",
        "limits.nvidia.com/gpu must be a whole number",
    ),
]

_KEPT = [
    ("quantities_as_kept", MORE, "cpu: 300m", "cpu: '0.3'", "cpu must be '300m', as"),
    ("quantities_as_kept", MORE, "memory: 900Mi", "memory: 921600Ki", "must be '900Mi', as"),
    ("quantities_as_kept", MORE, "sizeLimit: 2G\n", "sizeLimit: 2000M\n", "must be '2G', as"),
    ("quantities_as_kept", PREPARE, 'cpu: "4"', "cpu: 4", "limits.cpu must be '4', as the API"),
    ("recreated", MORE, "type: Recreate", "type: RollingUpdate", "must be Recreate: its claim"),
    ("recreated", MORE, "  strategy:\n    type: Recreate\n", "", "must be Recreate: its claim"),
]

_NUMBERS = [
    (
        "numbers",
        TRAIN_FOLD,
        "parallelism: 5",
        "parallelism: -5",
        "spec.parallelism must not be below 0",
    ),
    ("numbers", MORE, "port: 80", "port: 80800", "ports[0].port must be from 1 to 65535"),
]

_NAMES = [
    ("names", MORE, "name: all\n", "name: All\n", "metadata.name must be a DNS subdomain"),
    ("names", MORE, "name: all\n", f"name: {_LONG}xx\n", "metadata.name must be a DNS subdomain"),
    ("names", MORE, "name: indexed", "name: in.dexed", "metadata.name must be a DNS label"),
    ("names", MORE, ": headless", ": 1headless", "must be a DNS label that starts with a letter"),
    ("names", MORE, "name: server", "name: the_server", "containers[0].name must be a DNS label"),
    ("names", MORE, "name: scratch", "name: Scratch", "volumes[2].name must be a DNS label"),
    ("names", MORE, ": http", f": {16 * 'x'}", "ports[0].name must be a port's name"),
    ("names", MORE, "name: web", "name: Web", "must be a port's name"),
    ("names", MORE, "A_VARIABLE", "A VARIABLE", "env[0].name must be a variable's name"),
    ("names", MORE, "an-entry", "an/entry", "data must be an entry's name"),
    ("names", MORE, "name: after", "name: After", "must be a DNS label"),
    (
        "names",
        MORE,
        "cpu: 500m",
        "cpu: 500m\n              cpus: '1'",
        "limits must be a resource",
    ),
    (
        "names",
        MORE,
        "cpu: 300m",
        "cpu: 300m\n              gpu: '1'",
        "requests must be a resource",
    ),
    (
        "names",
        TRAIN_FOLD,
        "mountPath: /tmp",
        "mountPath: /tmp:x",
        "mountPath must be a path without",
    ),
    (
        "names",
        MORE,
        "volumeMode: Filesystem",
        "storageClassName: My_Class",
        "storageClassName must be a DNS subdomain",
    ),
    ("names", MORE, "- port: 6500", "- port: https_", "ports[0].port must be a port's name"),
    ("names_with_index", MORE, "name: indexed", f"name: {_LONG}", "at most 63 long with -1 after"),
    ("labels", MORE, "example/kind: policy", "example/: policy", "must be a label's key"),
    ("labels", MORE, "example/kind: policy", "example/kind: -x", "must be a label's value"),
    ("once", MORE, "name: all\n", "name: served\n", "metadata.name must be there once"),
    ("once", MORE, "name: second", "name: first", "containers[0].name must be there once"),
    ("once", TRAIN_FOLD, "name: TMPDIR", "name: HOME", "env[4].name must be there once"),
    (
        "once",
        TRAIN_FOLD,
        "mountPath: /tmp",
        "mountPath: /mammo/config",
        "mountPath must be there once",
    ),
]

DEFECTS = [*_SCHEMA, *_WORDS, *_KEPT, *_NUMBERS, *_NAMES]
