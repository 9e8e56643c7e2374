//! On which node a Pod may run.

use super::Support::Inherited;
use super::Type::{Int32, Int64, List, Object, Str};
use super::metadata::LABEL_SELECTOR;
use super::{Structure, field};

/// `Affinity`
pub(in crate::spec) static AFFINITY: Structure = Structure {
    name: "Affinity",
    fields: &[
        field("nodeAffinity", Object(&NODE_AFFINITY), Inherited, "Which nodes are sought."),
        field(
            "podAffinity",
            Object(&POD_AFFINITY),
            Inherited,
            "Which pods' neighbourhood is sought.",
        ),
        field(
            "podAntiAffinity",
            Object(&POD_ANTI_AFFINITY),
            Inherited,
            "Which pods' neighbourhood is shunned.",
        ),
    ],
};

/// `NodeAffinity`
pub(in crate::spec) static NODE_AFFINITY: Structure = Structure {
    name: "NodeAffinity",
    fields: &[
        field(
            "preferredDuringSchedulingIgnoredDuringExecution",
            List(&Object(&PREFERRED_SCHEDULING_TERM)),
            Inherited,
            "Nodes that are better than others; the largest sum of weights wins.",
        ),
        field(
            "requiredDuringSchedulingIgnoredDuringExecution",
            Object(&NODE_SELECTOR),
            Inherited,
            "What a node must be like when the pod is placed; later changes do not matter.",
        ),
    ],
};

/// `NodeSelector`
pub(in crate::spec) static NODE_SELECTOR: Structure = Structure {
    name: "NodeSelector",
    fields: &[field(
        "nodeSelectorTerms",
        List(&Object(&NODE_SELECTOR_TERM)),
        Inherited,
        "Descriptions of nodes, at least one of which must fit.",
    )],
};

/// `NodeSelectorTerm`
pub(in crate::spec) static NODE_SELECTOR_TERM: Structure = Structure {
    name: "NodeSelectorTerm",
    fields: &[
        field(
            "matchExpressions",
            List(&Object(&NODE_SELECTOR_REQUIREMENT)),
            Inherited,
            "Conditions on the node's labels, all of which must hold.",
        ),
        field(
            "matchFields",
            List(&Object(&NODE_SELECTOR_REQUIREMENT)),
            Inherited,
            "Conditions on the node's fields, all of which must hold; only metadata.name.",
        ),
    ],
};

/// `NodeSelectorRequirement`
pub(in crate::spec) static NODE_SELECTOR_REQUIREMENT: Structure = Structure {
    name: "NodeSelectorRequirement",
    fields: &[
        field("key", Str, Inherited, "The label or field."),
        field("operator", Str, Inherited, "In, NotIn, Exists, DoesNotExist, Gt or Lt."),
        field(
            "values",
            List(&Str),
            Inherited,
            "What In and NotIn compare with, or the one integer for Gt and Lt.",
        ),
    ],
};

/// `PreferredSchedulingTerm`
pub(in crate::spec) static PREFERRED_SCHEDULING_TERM: Structure = Structure {
    name: "PreferredSchedulingTerm",
    fields: &[
        field("preference", Object(&NODE_SELECTOR_TERM), Inherited, "What the node is like."),
        field("weight", Int32, Inherited, "What a node that fits is worth, 1 to 100."),
    ],
};

/// `PodAffinity`
pub(in crate::spec) static POD_AFFINITY: Structure = Structure {
    name: "PodAffinity",
    fields: &[
        field(
            "preferredDuringSchedulingIgnoredDuringExecution",
            List(&Object(&WEIGHTED_POD_AFFINITY_TERM)),
            Inherited,
            "Pods that it is better to be near; the sums of weights decide.",
        ),
        field(
            "requiredDuringSchedulingIgnoredDuringExecution",
            List(&Object(&POD_AFFINITY_TERM)),
            Inherited,
            "Pods that it must be near when placed; later changes do not matter.",
        ),
    ],
};

/// `PodAntiAffinity`
pub(in crate::spec) static POD_ANTI_AFFINITY: Structure = Structure {
    name: "PodAntiAffinity",
    fields: &[
        field(
            "preferredDuringSchedulingIgnoredDuringExecution",
            List(&Object(&WEIGHTED_POD_AFFINITY_TERM)),
            Inherited,
            "Pods that it is better to be away from; the sums of weights decide.",
        ),
        field(
            "requiredDuringSchedulingIgnoredDuringExecution",
            List(&Object(&POD_AFFINITY_TERM)),
            Inherited,
            "Pods that it must be away from when placed; later changes do not matter.",
        ),
    ],
};

/// `PodAffinityTerm`
pub(in crate::spec) static POD_AFFINITY_TERM: Structure = Structure {
    name: "PodAffinityTerm",
    fields: &[
        field(
            "labelSelector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Which pods are meant; none if not set.",
        ),
        field(
            "matchLabelKeys",
            List(&Str),
            Inherited,
            "Labels whose value is to be the pod's own; needs labelSelector.",
        ),
        field(
            "mismatchLabelKeys",
            List(&Str),
            Inherited,
            "Labels whose value is to differ from the pod's own; needs labelSelector.",
        ),
        field(
            "namespaceSelector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Labels of namespaces whose pods are meant, in addition to namespaces.",
        ),
        field(
            "namespaces",
            List(&Str),
            Inherited,
            "Names of namespaces whose pods are meant; the pod's own if no others are given.",
        ),
        field(
            "topologyKey",
            Str,
            Inherited,
            "The label of nodes whose value neighbours share, e.g. kubernetes.io/hostname.",
        ),
    ],
};

/// `WeightedPodAffinityTerm`
pub(in crate::spec) static WEIGHTED_POD_AFFINITY_TERM: Structure = Structure {
    name: "WeightedPodAffinityTerm",
    fields: &[
        field(
            "podAffinityTerm",
            Object(&POD_AFFINITY_TERM),
            Inherited,
            "Which pods are meant, and what is near them.",
        ),
        field("weight", Int32, Inherited, "What a node that fits is worth, 1 to 100."),
    ],
};

/// `Toleration`
pub(in crate::spec) static TOLERATION: Structure = Structure {
    name: "Toleration",
    fields: &[
        field("effect", Str, Inherited, "The effect of the taint; any if not set."),
        field("key", Str, Inherited, "The key of the taint; any if not set."),
        field("operator", Str, Inherited, "Equal or Exists."),
        field("tolerationSeconds", Int64, Inherited, "How long a NoExecute taint is borne."),
        field("value", Str, Inherited, "The value of the taint."),
    ],
};

/// `TopologySpreadConstraint`
pub(in crate::spec) static TOPOLOGY_SPREAD_CONSTRAINT: Structure = Structure {
    name: "TopologySpreadConstraint",
    fields: &[
        field("labelSelector", Object(&LABEL_SELECTOR), Inherited, "Which pods are counted."),
        field(
            "matchLabelKeys",
            List(&Str),
            Inherited,
            "Labels whose value is to be the pod's own.",
        ),
        field("maxSkew", Int32, Inherited, "By how much domains may differ."),
        field("minDomains", Int32, Inherited, "How many domains there should be at least."),
        field(
            "nodeAffinityPolicy",
            Str,
            Inherited,
            "Whether nodes that the pod cannot run on count.",
        ),
        field("nodeTaintsPolicy", Str, Inherited, "Whether tainted nodes count."),
        field("topologyKey", Str, Inherited, "The label of nodes that makes a domain."),
        field("whenUnsatisfiable", Str, Inherited, "DoNotSchedule or ScheduleAnyway."),
    ],
};
