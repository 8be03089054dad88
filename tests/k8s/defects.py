"""Defects, each a text of a sound file and what takes its place.

The checks that must find it, the file, the old text, the new one, words of the line that says so.
"""

_PREPARE, _FOLD, _MORE = "prepare.yaml", "train-fold.yaml", "more.yaml"
_EMBED, _STUDY = "embed.yaml", "study-config.yaml"
_LONG = 62 * "x"

_SCHEMA = [
    ("schema", _FOLD, "backoffLimitPerIndex:", "backoffLimitPerIndx:", "backoffLimitPerIndx"),
    ("schema", _MORE, "completions: 2", "completions: two", "spec.completions: 'two' is not"),
    ("schema", _MORE, "    - name: web\n      port: 80\n", "    - name: web\n", "'port' is a req"),
    ("kinds", _PREPARE, "kind: Job", "kind: CronJob", "CronJob/prepare: kind must be a kind"),
    ("kinds", _PREPARE, "batch/v1", "batch/v1beta1", "kind must be a kind that the checks know"),
    ("kinds", _MORE, "jobset.x-k8s.io", "kueue.x-k8s.io", "got 'JobSet'"),
]

_WORDS = [
    ("words", _MORE, ": Always", ": always", "spec.restartPolicy must be one of Always"),
    ("words recreated", _MORE, "type: Recreate", "type: recreate", "strategy.type must be"),
    ("words", _FOLD, "Mode: Indexed", "Mode: indexed", "completionMode must be one of Indexed"),
    ("words", _MORE, "Policy: Failed", "Policy: failed", "podReplacementPolicy must be one of"),
    ("words", _FOLD, ": Never", ": never", "restartPolicy must be one of Never, OnFailure"),
    ("words exit_codes", _FOLD, ": FailJob", ": failJob", "podFailurePolicy.rules"),
    ("words", _FOLD, "operator: In", "operator: in", "operator must be one of In, NotIn"),
    ("words disruptions", _MORE, 'status: "True"', "status: 'true'", "podFailurePolicy.rules"),
    ("words", _MORE, "[Ingress]", "[ingress]", "policyTypes[0] must be one of Egress, Ingress"),
    ("words", "volumes.yaml", "[ReadWriteMany]", "[RWX]", "accessModes[0] must be one of"),
    ("words", _MORE, ": Filesystem", ": filesystem", "volumeMode must be one of"),
    ("words", _MORE, "type: ClusterIP", "type: clusterIP", "Service/served: spec.type must be one"),
    ("words", _MORE, "medium: Memory", "medium: memory", "emptyDir.medium must be one of"),
    ("words", _FOLD, ": OnRootMismatch", ": Once", "fsGroupChangePolicy must be one of Always"),
    ("words", _MORE, ": IfNotPresent", ": IfAbsent", "imagePullPolicy must be one of"),
    ("words", _MORE, "protocol: TCP", "protocol: tcp", "ports[0].protocol must be one of"),
    ("words", _MORE, "operator: Gt", "operator: GT", "matchExpressions[0].operator must be one"),
    ("words selectors", _MORE, "tor: In\n        v", "tor: in\n        v", "podSelector"),
    ("words", _MORE, "effect: NoSchedule", "effect: Soon", "tolerations[0].effect must be one of"),
    (
        "words",
        _MORE,
        "tor: Exists\n          e",
        "tor: Any\n          e",
        "tolerations[0].operator",
    ),
    ("quantities", _MORE, "cpu: 300m", "cpu: half", "resources.requests.cpu must be a quantity"),
    ("quantities", _MORE, "900Mi", "900MB", "requests.memory must be a quantity"),
    ("quantities", _MORE, "1536Mi", "1.5GB", "requests.storage must be a quantity"),
    ("quantities", _MORE, "sizeLimit: 2G\n", "sizeLimit: 2g\n", "sizeLimit must be a quantity"),
    ("quantities", _MORE, "900Mi", "-1Gi", "requests.memory must not be below 0"),
    ("quantities", _MORE, "1536Mi", "-20Gi", "requests.storage must not be below 0"),
    ("quantities", _MORE, "sizeLimit: 2G\n", "sizeLimit: -2G\n", "sizeLimit must not be below 0"),
    (
        "quantities",
        _MORE,
        "cpu: 500m",
        "cpu: 500m\n              nvidia.com/gpu: 500m",
        "limits.nvidia.com/gpu must be a whole number",
    ),
]

_KEPT = [
    ("quantities_as_kept", _MORE, "cpu: 300m", "cpu: '0.3'", "cpu must be '300m', as"),
    ("quantities_as_kept", _MORE, "memory: 900Mi", "memory: 921600Ki", "must be '900Mi', as"),
    ("quantities_as_kept", _MORE, "sizeLimit: 2G\n", "sizeLimit: 2000M\n", "must be '2G', as"),
    ("quantities_as_kept", _PREPARE, 'cpu: "4"', "cpu: 4", "limits.cpu must be '4', as the API"),
    ("recreated", _MORE, "type: Recreate", "type: RollingUpdate", "must be Recreate: its claim"),
    ("recreated", _MORE, "  strategy:\n    type: Recreate\n", "", "must be Recreate: its claim"),
]

_NUMBERS = [
    ("numbers", _FOLD, "parallelism: 5", "parallelism: -5", "spec.parallelism must not be below 0"),
    ("numbers", _MORE, "port: 80", "port: 80800", "ports[0].port must be from 1 to 65535"),
]

_NAMES = [
    ("names", _MORE, "name: all\n", "name: All\n", "metadata.name must be a DNS subdomain"),
    ("names", _MORE, "name: all\n", f"name: {_LONG}xx\n", "metadata.name must be a DNS subdomain"),
    ("names", _MORE, "name: indexed", "name: in.dexed", "metadata.name must be a DNS label"),
    ("names", _MORE, ": headless", ": 1headless", "must be a DNS label that starts with a letter"),
    ("names", _MORE, "name: server", "name: the_server", "containers[0].name must be a DNS label"),
    ("names", _MORE, "name: scratch", "name: Scratch", "volumes[2].name must be a DNS label"),
    ("names", _MORE, ": http", f": {16 * 'x'}", "ports[0].name must be a port's name"),
    ("names", _MORE, "name: web", "name: Web", "must be a port's name"),
    ("names", _MORE, "A_VARIABLE", "A VARIABLE", "env[0].name must be a variable's name"),
    ("names", _MORE, "an-entry", "an/entry", "data must be an entry's name"),
    ("names", _MORE, "name: after", "name: After", "must be a DNS label"),
    (
        "names",
        _MORE,
        "cpu: 500m",
        "cpu: 500m\n              cpus: '1'",
        "limits must be a resource",
    ),
    (
        "names",
        _MORE,
        "cpu: 300m",
        "cpu: 300m\n              gpu: '1'",
        "requests must be a resource",
    ),
    ("names", _FOLD, "mountPath: /tmp", "mountPath: /tmp:x", "mountPath must be a path without"),
    (
        "names",
        _MORE,
        "volumeMode: Filesystem",
        "storageClassName: My_Class",
        "storageClassName must be a DNS subdomain",
    ),
    ("names", _MORE, "- port: 6500", "- port: https_", "ports[0].port must be a port's name"),
    ("names_with_index", _MORE, "name: indexed", f"name: {_LONG}", "at most 63 long with -1 after"),
    ("labels", _MORE, "example/kind: policy", "example/: policy", "must be a label's key"),
    ("labels", _MORE, "example/kind: policy", "example/kind: -x", "must be a label's value"),
    ("once", _MORE, "name: all\n", "name: served\n", "metadata.name must be there once"),
    ("once", _MORE, "name: second", "name: first", "containers[0].name must be there once"),
    ("once", _FOLD, "name: TMPDIR", "name: HOME", "env[4].name must be there once"),
    ("once", _FOLD, "mountPath: /tmp", "mountPath: /mammo/config", "mountPath must be there once"),
]

_SECURITY = [
    ("restricted", _PREPARE, "\nautomountServiceAccountToken: false", "", "must be false"),
    ("restricted", _PREPARE, "      automountServiceAccountToken: false\n", "", "must be false"),
    ("restricted", _PREPARE, "NonRoot: true", "NonRoot: false", "runAsNonRoot must be true"),
    ("restricted", _PREPARE, "User: 10001", "User: 0", "runAsUser must be a number above 0"),
    (
        "restricted",
        _PREPARE,
        "        runAsUser: 10001\n",
        "",
        "runAsUser must be a number above 0",
    ),
    ("restricted", _PREPARE, "        runAsGroup: 10001\n", "", "runAsGroup must be a number"),
    ("restricted", _PREPARE, "        fsGroup: 10001\n", "", "fsGroup must be a number above 0"),
    ("restricted", _PREPARE, ": RuntimeDefault", ": runtimeDefault", "seccompProfile.type must be"),
    ("restricted", _PREPARE, ": RuntimeDefault", ": Unconfined", "seccompProfile.type must be"),
    ("restricted", _PREPARE, "Escalation: false", "Escalation: true", "Escalation must be false"),
    ("restricted", _PREPARE, "Filesystem: true", "Filesystem: false", "Filesystem must be true"),
    ("restricted", _PREPARE, "drop: [ALL]", "drop: [NET_RAW]", "drop must be [ALL]"),
    ("restricted", _PREPARE, "drop: [ALL]", "{drop: [ALL], add: [KILL]}", "add must not be said"),
    (
        "restricted",
        _PREPARE,
        "Filesystem: true",
        "Filesystem: true\n            privileged: true",
        "privileged must not be said",
    ),
    (
        "restricted",
        _PREPARE,
        "Filesystem: true",
        "Filesystem: true\n            runAsUser: 0",
        "containers[0].securityContext.runAsUser must not be said",
    ),
    ("restricted", _PREPARE, ": Never", ": Never\n      hostNetwork: true", "hostNetwork must not"),
    (
        "restricted",
        _MORE,
        "Port: 6500",
        "Port: 6500\n              hostPort: 80",
        "hostPort must not",
    ),
    (
        "restricted",
        _PREPARE,
        "emptyDir:\n            sizeLimit: 1Gi",
        "hostPath: {path: /tmp}",
        "volumes[3].hostPath must be one of configMap",
    ),
    ("images_pinned", _PREPARE, "mammo:0.1.0", "mammo", "image must have a tag"),
    ("images_pinned", _PREPARE, "mammo:0.1.0", "mammo:latest", "got 'mammo:latest'"),
    ("images_pinned", _MORE, "89abcdef\n", "89abcde\n", "image must have a tag"),
]

_RESOURCES = [
    ("resources_complete", _MORE, "              cpu: 500m\n", "", "limits.cpu must be said"),
    ("resources_complete", _MORE, "              memory: 900Mi\n", "", "requests.memory must be"),
    (
        "resources_complete",
        _PREPARE,
        "emptyDir:\n            sizeLimit: 1Gi",
        "emptyDir: {}",
        "emptyDir.sizeLimit must be said",
    ),
    ("resources_complete", _MORE, "      storage: 1536Mi", "      {}", "storage must be said"),
    (
        "resources_complete",
        _MORE,
        "[ReadWriteOnce, ReadOnlyMany]",
        "[]",
        "accessModes must be said",
    ),
    (
        "resources_complete",
        _PREPARE,
        "              ephemeral-storage: 2Gi\n",
        "",
        "limits.ephemeral-storage must be said",
    ),
    ("disk_holds_volumes", _MORE, "storage: 3G\n", "storage: 2G\n", "above its volumes on disk"),
    ("requests_within_limits", _MORE, "cpu: 300m", "cpu: 501m", "must be within the limit 500m"),
    ("requests_within_limits", _MORE, "900Mi", "1100M", "must be within the limit 1Gi"),
    ("memory_holds_volumes", _MORE, "512Mi", "1Gi", "must be above its volumes in memory, 1Gi"),
]

_JOBS = [
    ("restarts", _PREPARE, ": Never", ": OnFailure", "restartPolicy must be Never"),
    ("restarts", _PREPARE, "      restartPolicy: Never\n", "", "restartPolicy must be Never"),
    ("restarts", _MORE, ": Failed", ": TerminatingOrFailed", "podReplacementPolicy must be Failed"),
    ("indices", _PREPARE, "backoffLimit:", "backoffLimitPerIndex:", "unless completionMode is"),
    ("indices", _MORE, "  completionMode: Indexed\n", "", "unless completionMode is Indexed"),
    ("indices", _MORE, "  completions: 2\n", "", "spec.completions must be said"),
    ("indices", _MORE, "FailedIndexes: 1", "FailedIndexes: 3", "must be at most completions, 2"),
    ("indices", _MORE, "  backoffLimitPerIndex: 1\n", "", "backoffLimitPerIndex must be said"),
    ("time_to_stop", _FOLD, "Seconds: 30", "Seconds: 24", "must not be below 25"),
    (
        "exit_codes",
        _FOLD,
        "[64, 65, 78]",
        "[64, 65]",
        "must have FailJob on the codes [64, 65, 78]",
    ),
    ("exit_codes", _FOLD, "[69, 75]", "[69, 73, 75]", "must have Ignore on the codes [69, 75]"),
    ("exit_codes", _FOLD, "action: FailJob", "action: FailIndex", "on the codes"),
    ("policy_rules", _FOLD, "containerName: mammo", "containerName: main", "be a container of"),
    ("policy_rules", _FOLD, "[64, 65, 78]", "[65, 64, 78]", "values must be in ascending order"),
    ("policy_rules", _FOLD, "operator: In", "operator: NotIn", "operator must be In"),
    (
        "policy_rules",
        _MORE,
        "- action: FailJob\n        on",
        "- action: FailJob\n        onPodConditions: [{type: A}]\n        on",
        "must have either",
    ),
    ("disruptions", _FOLD, ": DisruptionTarget", ": Disrupted", "must ignore DisruptionTarget"),
    ("disruptions", _FOLD, "Ignore # ev", "Count # ev", "must ignore DisruptionTarget"),
    (
        "depends_on_earlier",
        _MORE,
        "        - name: before",
        "        - name: after",
        "be an earlier one",
    ),
    ("depends_on_earlier", _MORE, "status: Complete", "status: Completed", "be Complete or Ready"),
    (
        "restarts",
        _MORE,
        "              restartPolicy: Never\n",
        "",
        "template.spec.template.spec.restartPolicy must",
    ),
]

_WAITING = [
    (
        "waits",
        _PREPARE,
        "            - --wait\n            - $(WAIT)\n",
        "",
        "args must have --wait with a number above 0",
    ),
    ("waits", _PREPARE, "- $(WAIT)", '- "0"', "args must have --wait with a number above 0"),
    (
        "waits",
        _PREPARE,
        'cpu: "4"',
        "cpu: '4'\n              nvidia.com/gpu: '1'",
        "args must have --wait 0, as its pod holds a device",
    ),
    (
        "waits_within_deadline",
        _PREPARE,
        "DeadlineSeconds: 604800",
        "DeadlineSeconds: 14399",
        "must be at least twice --wait, 7200",
    ),
    ("ends_some_day", _PREPARE, "  activeDeadline", "  # ", "activeDeadlineSeconds must be said"),
    ("ends_some_day", _PREPARE, "  ttlSeconds", "  # ", "ttlSecondsAfterFinished must be said"),
    (
        "says_why_it_ended",
        _PREPARE,
        "          terminationMessagePolicy",
        "          # ",
        "terminationMessagePolicy must be FallbackToLogsOnError",
    ),
    (
        "words says_why_it_ended",
        _PREPARE,
        ": FallbackToLogsOnError",
        ": fallbackToLogsOnError",
        "terminationMessagePolicy must be",
    ),
    (
        "says_why_it_ended",
        _PREPARE,
        "MAMMO_TERMINATION_LOG",
        "MAMMO_LOG",
        "env must have MAMMO_TERMINATION_LOG, /dev/termination-log",
    ),
    (
        "says_why_it_ended",
        _PREPARE,
        "          terminationMessagePolicy",
        "          terminationMessagePath: /tmp/message\n          terminationMessagePolicy",
        "must be the terminationMessagePath, /tmp/message",
    ),
]

_RESOLVER = """\
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
"""

_NETWORK = [
    ("peers_named", _MORE, _RESOLVER, "    - ports:\n", "egress[0].to must name who may be at"),
    ("peers_named", _MORE, "  ingress:\n", "  ingress:\n    - {}\n", "ingress[0].from must name"),
    ("addresses_public", _MORE, "[10.0.0.0/8]", "[10.0.0.0/9]", "must leave out 10.0.0.0/8"),
    ("addresses_public", _MORE, "            except: [10.0.0.0/8]\n", "", "leave out 10.0.0.0/8"),
    ("blocks_well_formed", _MORE, "[10.0.0.0/8]", "[10.0.0.0/8, 20.0.0.0/8]", "lie within 8.0.0.0"),
    ("blocks_well_formed", _MORE, "8.0.0.0/6", "8.0.0.1/6", "cidr must be a network, such as"),
    ("names_of_the_cluster", _MORE, ": kube-dns", ": dns", "must be the cluster's resolver"),
    ("names_of_the_cluster", _MORE, ": kube-system", ": dns", "must be the cluster's resolver"),
]

_REPEATED = [
    ("study_loads", _STUDY, "epochs: 20", "epoch: 20", "data.study.yaml: unknown key train.epoch"),
    ("study_loads", _STUDY, "test: 0.2", "test: 2", "data.study.yaml: data.test"),
    (
        "completions_repeat_study",
        _FOLD,
        "completions: 5",
        "completions: 4",
        "be data.folds of study",
    ),
    ("workers_are_completions", _EMBED, '"2" # comp', '"3" # comp', "share the work among 2"),
]

_COMMANDS = [
    ("programs", _PREPARE, "[mammo]", "[mamo]", "command must be a program of the image's"),
    ("variables_there arguments_parse", _FOLD, "- $(RUN)", "- $(RUNS)", "$(RUNS)"),
    (
        "variables_there",
        _PREPARE,
        "- --release",
        "- --release=$(JOB_COMPLETION_INDEX)\n            - --config",
        "not JOB_COMPLETION_INDEX",
    ),
    ("arguments_parse", _FOLD, "- train\n", "- trian\n", "args must be what mammo takes"),
    ("arguments_parse", _FOLD, "- --fold", "- --fould", "--fould"),
    ("arguments_parse", _FOLD, "$(JOB_COMPLETION_INDEX)", "$$(JOB_COMPLETION_INDEX)", "--fold"),
    ("paths_mounted", _PREPARE, "- /mammo/root", "- /mamo/root", "args[2] must be in a mounted"),
    (
        "root_writable",
        _PREPARE,
        "mountPath: /mammo/root",
        "mountPath: /mammo/root\n              readOnly: true",
        "volumeMounts[0].readOnly must be false",
    ),
    (
        "root_writable",
        _PREPARE,
        "claimName: root",
        "claimName: root\n            readOnly: true",
        "persistentVolumeClaim.readOnly must be false",
    ),
    (
        "paths_mounted",
        _FOLD,
        "config/study.yaml",
        "config/study.yml",
        "must be an entry of the Conf",
    ),
]

_TOGETHER = [
    (
        "volumes_there",
        _MORE,
        "- name: scratch\n              mount",
        "- name: scrap\n              mount",
        "volumeMounts[1].name must be a volume of the pod",
    ),
    ("sources_there", _PREPARE, "emptyDir:\n            sizeLimit: 1Gi", "", "have one source"),
    (
        "sources_there",
        _FOLD,
        "TMPDIR\n              value: /tmp",
        "TMPDIR",
        "must have a value, or",
    ),
    (
        "objects_there",
        _FOLD,
        "claimName: root",
        "claimName: roots",
        "be a PersistentVolumeClaim of",
    ),
    (
        "objects_there",
        _FOLD,
        "configMap:\n            name: study",
        "configMap:\n            name: studies",
        "must be a ConfigMap of this set",
    ),
    (
        "objects_there",
        _MORE,
        "Ref:\n                  name: more",
        "Ref:\n                  name: less",
        "must be a ConfigMap of this set",
    ),
    (
        "objects_there",
        _PREPARE,
        "AccountName: prepare",
        "AccountName: default",
        "be a ServiceAccount",
    ),
    (
        "objects_there",
        _PREPARE,
        "      serviceAccountName: prepare\n",
        "",
        "be a ServiceAccount of",
    ),
    (
        "objects_there",
        _MORE,
        "subdomain: headless",
        "subdomain: head",
        "must be a Service of this set",
    ),
    ("objects_there", _MORE, "  clusterIP: None\n", "", "must be a headless Service"),
    ("entries_there", _FOLD, "key: run", "key: runs", "must be an entry of the ConfigMap study"),
    (
        "selectors",
        _MORE,
        "  selector:\n    component: served",
        "  selector:\n    component: serve",
        "Service/served: spec.selector must select a pod",
    ),
    (
        "selectors",
        _MORE,
        "selector:\n    matchLabels:\n      component: served",
        "selector:\n    matchLabels:\n      component: serve",
        "must select the pods of its own template",
    ),
    (
        "selectors",
        _MORE,
        "values: [served]",
        "values: [serve]",
        "spec.podSelector must select a pod",
    ),
    (
        "selectors",
        _MORE,
        "              component: counted",
        "              component: count",
        "from[0].podSelector must select a pod",
    ),
    ("ports_there", _MORE, "targetPort: http", "targetPort: https", "targetPort must be a port of"),
    ("ports_there", _MORE, " port: http\n", " port: htp\n", "httpGet.port must be a port of the"),
    ("isolated", _MORE, "[Egress, Ingress]", "[Egress]", "by a NetworkPolicy for Ingress"),
    (
        "selectors",
        _MORE,
        "  selector:\n    matchLabels:\n      component: served",
        "  selector: {}",
        "must select the pods of its own template",
    ),
]

DEFECTS = [
    *_SCHEMA,
    *_WORDS,
    *_KEPT,
    *_NUMBERS,
    *_NAMES,
    *_SECURITY,
    *_RESOURCES,
    *_JOBS,
    *_WAITING,
    *_NETWORK,
    *_REPEATED,
    *_COMMANDS,
    *_TOGETHER,
]
