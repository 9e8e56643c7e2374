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
            "",
        ),
        field(
            "requiredDuringSchedulingIgnoredDuringExecution",
            Object(&NODE_SELECTOR),
            Inherited,
            "",
        ),
    ],
};

/// `NodeSelector`
pub(in crate::spec) static NODE_SELECTOR: Structure = Structure {
    name: "NodeSelector",
    fields: &[field("nodeSelectorTerms", List(&Object(&NODE_SELECTOR_TERM)), Inherited, "")],
};

/// `NodeSelectorTerm`
pub(in crate::spec) static NODE_SELECTOR_TERM: Structure = Structure {
    name: "NodeSelectorTerm",
    fields: &[
        field("matchExpressions", List(&Object(&NODE_SELECTOR_REQUIREMENT)), Inherited, ""),
        field("matchFields", List(&Object(&NODE_SELECTOR_REQUIREMENT)), Inherited, ""),
    ],
};

/// `NodeSelectorRequirement`
pub(in crate::spec) static NODE_SELECTOR_REQUIREMENT: Structure = Structure {
    name: "NodeSelectorRequirement",
    fields: &[
        field("key", Str, Inherited, ""),
        field("operator", Str, Inherited, ""),
        field("values", List(&Str), Inherited, ""),
    ],
};

/// `PreferredSchedulingTerm`
pub(in crate::spec) static PREFERRED_SCHEDULING_TERM: Structure = Structure {
    name: "PreferredSchedulingTerm",
    fields: &[
        field("preference", Object(&NODE_SELECTOR_TERM), Inherited, ""),
        field("weight", Int32, Inherited, ""),
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
            "",
        ),
        field(
            "requiredDuringSchedulingIgnoredDuringExecution",
            List(&Object(&POD_AFFINITY_TERM)),
            Inherited,
            "",
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
            "",
        ),
        field(
            "requiredDuringSchedulingIgnoredDuringExecution",
            List(&Object(&POD_AFFINITY_TERM)),
            Inherited,
            "",
        ),
    ],
};

/// `PodAffinityTerm`
pub(in crate::spec) static POD_AFFINITY_TERM: Structure = Structure {
    name: "PodAffinityTerm",
    fields: &[
        field("labelSelector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("matchLabelKeys", List(&Str), Inherited, ""),
        field("mismatchLabelKeys", List(&Str), Inherited, ""),
        field("namespaceSelector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("namespaces", List(&Str), Inherited, ""),
        field("topologyKey", Str, Inherited, ""),
    ],
};

/// `WeightedPodAffinityTerm`
pub(in crate::spec) static WEIGHTED_POD_AFFINITY_TERM: Structure = Structure {
    name: "WeightedPodAffinityTerm",
    fields: &[
        field("podAffinityTerm", Object(&POD_AFFINITY_TERM), Inherited, ""),
        field("weight", Int32, Inherited, ""),
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
