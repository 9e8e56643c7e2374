//! The table of fields, held to the types of the API.

use k8s_openapi::api::{apps, batch, core};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Structure, Type, kind, kinds};

/// Returns an object with every field of the table.
fn full(structure: &Structure) -> Value {
    let fields = structure.fields.iter().filter(|field| field.name != "status");
    let mut object: Map<_, _> =
        fields.map(|field| (field.name.to_owned(), sample(&field.ty))).collect();
    if let Some((api_version, _)) = kinds().find(|(_, kind)| kind.name == structure.name) {
        object["apiVersion"] = json!(api_version);
        object["kind"] = json!(structure.name);
    }
    object.into()
}

fn sample(ty: &Type) -> Value {
    match ty {
        Type::Any => json!({"a": 1}),
        Type::Bool => json!(true),
        Type::Bytes => json!("YQ=="),
        Type::Int32 | Type::Int64 | Type::IntOrString => json!(1),
        Type::Quantity | Type::Str => json!("1"),
        Type::Time => json!("2026-01-02T03:04:05Z"),
        Type::List(inner) => json!([sample(inner)]),
        Type::Map(inner) => json!({"a": sample(inner)}),
        Type::Object(structure) => full(structure),
    }
}

/// Every field of the table is in the API's own type: reading and writing loses none.
#[track_caller]
fn check<T: DeserializeOwned + Serialize>(api_version: &str, name: &str) {
    let object = full(kind(api_version, name).expect("the kind is in the table"));
    let typed: T = serde_json::from_value(object.clone()).expect("the types are the same");
    let again = serde_json::to_value(typed).expect("it can be written");
    for (field, value) in again.as_object().expect("it is an object") {
        assert!(field == "status" || object[field] == *value, "{name}.{field}");
    }
}

#[test]
fn the_table_is_the_api() {
    check::<core::v1::Pod>("v1", "Pod");
    check::<core::v1::ConfigMap>("v1", "ConfigMap");
    check::<core::v1::Secret>("v1", "Secret");
    check::<core::v1::Service>("v1", "Service");
    check::<core::v1::PersistentVolumeClaim>("v1", "PersistentVolumeClaim");
    check::<apps::v1::Deployment>("apps/v1", "Deployment");
    check::<apps::v1::ReplicaSet>("apps/v1", "ReplicaSet");
    check::<apps::v1::StatefulSet>("apps/v1", "StatefulSet");
    check::<apps::v1::DaemonSet>("apps/v1", "DaemonSet");
    check::<batch::v1::Job>("batch/v1", "Job");
    check::<batch::v1::CronJob>("batch/v1", "CronJob");
    assert_eq!(kinds().count(), 11, "each kind is checked above");
}

/// Every field says what it means, in a sentence: `explain` has something to tell.
#[test]
fn every_field_is_described() {
    let mut open: Vec<&Structure> = kinds().map(|(_, structure)| structure).collect();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(structure) = open.pop() {
        if !seen.insert(structure.name) {
            continue;
        }
        for field in structure.fields {
            let is_sentence = field.doc.ends_with('.') && field.doc.len() < 200;
            assert!(is_sentence, "{}.{}: {:?}", structure.name, field.name, field.doc);
            open.extend(field.ty.structure());
        }
    }
    assert!(seen.len() > 100, "the whole of the table is looked at");
}
