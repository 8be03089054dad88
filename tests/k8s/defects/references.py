"""What one part says of another, and who may talk to whom."""

from tests.k8s.defects.files import EMBED, MORE, PREPARE, STUDY, TRAIN_FOLD

_REPEATED = [
    ("study_loads", STUDY, "epochs: 20", "epoch: 20", "data.study.yaml: unknown key train.epoch"),
    ("study_loads", STUDY, "test: 0.2", "test: 2", "data.study.yaml: data.test"),
    (
        "completions_repeat_study",
        TRAIN_FOLD,
        "completions: 5",
        "completions: 4",
        "be data.folds of study",
    ),
    ("workers_are_completions", EMBED, '"2" # comp', '"3" # comp', "share the work among 2"),
]

_TOGETHER = [
    (
        "volumes_there",
        MORE,
        "- name: scratch\n              mount",
        "- name: scrap\n              mount",
        "volumeMounts[1].name must be a volume of the pod",
    ),
    ("sources_there", PREPARE, "emptyDir:\n            sizeLimit: 1Gi", "", "have one source"),
    (
        "sources_there",
        TRAIN_FOLD,
        "TMPDIR\n              value: /tmp",
        "TMPDIR",
        "must have a value, or",
    ),
    (
        "objects_there",
        TRAIN_FOLD,
        "claimName: root",
        "claimName: roots",
        "be a PersistentVolumeClaim of",
    ),
    (
        "objects_there",
        TRAIN_FOLD,
        "configMap:\n            name: study",
        "configMap:\n            name: studies",
        "must be a ConfigMap of this set",
    ),
    (
        "objects_there",
        MORE,
        "Ref:\n                  name: more",
        "Ref:\n                  name: less",
        "must be a ConfigMap of this set",
    ),
    (
        "objects_there",
        PREPARE,
        "AccountName: prepare",
        "AccountName: default",
        "be a ServiceAccount",
    ),
    (
        "objects_there",
        PREPARE,
        "      serviceAccountName: prepare\n",
        "",
        "be a ServiceAccount of",
    ),
    (
        "objects_there",
        MORE,
        "subdomain: headless",
        "subdomain: head",
        "must be a Service of this set",
    ),
    ("objects_there", MORE, "  clusterIP: None\n", "", "must be a headless Service"),
    (
        "entries_there",
        TRAIN_FOLD,
        "key: run",
        "key: runs",
        "must be an entry of the ConfigMap study",
    ),
    (
        "selectors",
        MORE,
        "  selector:\n    component: served",
        "  selector:\n    component: serve",
        "Service/served: spec.selector must select a pod",
    ),
    (
        "selectors",
        MORE,
        "selector:\n    matchLabels:\n      component: served",
        "selector:\n    matchLabels:\n      component: serve",
        "must select the pods of its own template",
    ),
    (
        "selectors",
        MORE,
        "values: [served]",
        "values: [serve]",
        "spec.podSelector must select a pod",
    ),
    (
        "selectors",
        MORE,
        "              component: counted",
        "              component: count",
        "from[0].podSelector must select a pod",
    ),
    ("ports_there", MORE, "targetPort: http", "targetPort: https", "targetPort must be a port of"),
    ("ports_there", MORE, " port: http\n", " port: htp\n", "httpGet.port must be a port of the"),
    ("isolated", MORE, "[Egress, Ingress]", "[Egress]", "by a NetworkPolicy for Ingress"),
    (
        "selectors",
        MORE,
        "  selector:\n    matchLabels:\n      component: served",
        "  selector: {}",
        "must select the pods of its own template",
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
    ("peers_named", MORE, _RESOLVER, "    - ports:\n", "egress[0].to must name who may be at"),
    ("peers_named", MORE, "  ingress:\n", "  ingress:\n    - {}\n", "ingress[0].from must name"),
    ("addresses_public", MORE, "[10.0.0.0/8]", "[10.0.0.0/9]", "must leave out 10.0.0.0/8"),
    ("addresses_public", MORE, "            except: [10.0.0.0/8]\n", "", "leave out 10.0.0.0/8"),
    ("blocks_well_formed", MORE, "[10.0.0.0/8]", "[10.0.0.0/8, 20.0.0.0/8]", "lie within 8.0.0.0"),
    ("blocks_well_formed", MORE, "8.0.0.0/6", "8.0.0.1/6", "cidr must be a network, such as"),
    ("names_of_the_cluster", MORE, ": kube-dns", ": dns", "must be the cluster's resolver"),
    ("names_of_the_cluster", MORE, ": kube-system", ": dns", "must be the cluster's resolver"),
]

DEFECTS = [*_REPEATED, *_TOGETHER, *_NETWORK]
