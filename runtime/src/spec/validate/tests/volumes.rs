//! Rules of volumes, one change at a time.

use serde_json::{Value, json};

use super::check;

/// Checks the one volume of a Pod.
#[track_caller]
fn check_volume(source: Value, expected: &[&str]) {
    let mut volume = source;
    volume["name"] = json!("v");
    let expected: Vec<_> =
        expected.iter().map(|message| format!("spec.volumes[0]{message}")).collect();
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    check("spec.volumes", json!([volume]), &expected);
}

#[test]
fn names() {
    check("spec.volumes", json!([{"name": "a.b"}]), &["spec.volumes[0].name: Invalid value"]);
    check(
        "spec.volumes",
        json!([{"name": "a"}, {"name": "a"}]),
        &[r#"spec.volumes[1].name: Duplicate value: "a""#],
    );
}

#[test]
fn exactly_one_source() {
    check_volume(json!({}), &[]);
    check_volume(
        json!({"emptyDir": {}, "hostPath": {"path": "/a"}}),
        &[".hostPath: Forbidden: may not specify more than 1 volume type"],
    );
}

#[test]
fn host_path() {
    check_volume(json!({"hostPath": {"path": "/a", "type": "Directory"}}), &[]);
    check_volume(json!({"hostPath": {"path": ""}}), &[".hostPath.path: Required value"]);
    check_volume(
        json!({"hostPath": {"path": "/a/../b", "type": "Dir"}}),
        &[
            ".hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
            ".hostPath.type: Unsupported value: \"Dir\": supported values: \"\"",
        ],
    );
}

#[test]
fn empty_dir() {
    check_volume(json!({"emptyDir": {"medium": "HugePages-1Gi", "sizeLimit": "1Gi"}}), &[]);
    check_volume(
        json!({"emptyDir": {"sizeLimit": "-1"}}),
        &[".emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
    );
}

#[test]
fn files() {
    check_volume(
        json!({"configMap": {"name": "", "defaultMode": 512, "items": [{"key": "", "path": "../a"}]}}),
        &[
            ".configMap.name: Required value",
            ".configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777",
            ".configMap.items[0].key: Required value",
            ".configMap.items[0].path: Invalid value: \"../a\": must not contain '..'",
        ],
    );
    check_volume(
        json!({"downwardAPI": {"items": [{"path": "a"}]}}),
        &[".downwardAPI: Required value: one of fieldRef and resourceFieldRef is required"],
    );
    check_volume(
        json!({"projected": {"sources": [
            {"secret": {"name": "s"}, "configMap": {"name": "c"}},
            {"secret": {"name": "s", "items": [{"key": "a", "path": "a"}]}},
            {"secret": {"name": "t", "items": [{"key": "a", "path": "a"}]}},
        ]}}),
        &[
            ".projected.sources[0]: Forbidden: may not specify more than 1 volume type per source",
            ".projected: Invalid value: \"a\": conflicting duplicate paths",
        ],
    );
}

#[test]
fn claims() {
    check_volume(
        json!({"persistentVolumeClaim": {}}),
        &[".persistentVolumeClaim.claimName: Required value"],
    );
    check_volume(
        json!({"ephemeral": {"volumeClaimTemplate": {
            "metadata": {"name": "x"},
            "spec": {"accessModes": ["ReadWriteOncePod", "ReadWriteOnce", "Write"]},
        }}}),
        &[
            ".ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set",
            ".ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: \"Write\"",
            ".ephemeral.volumeClaimTemplate.spec.accessModes: Forbidden: may not use",
            ".ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
        ],
    );
    check_volume(json!({"image": {}}), &[".image.reference: Required value"]);
}

#[test]
fn storage_systems() {
    check_volume(
        json!({"nfs": {"server": "", "path": "a"}}),
        &[
            ".nfs.server: Required value",
            ".nfs.path: Invalid value: \"a\": must be an absolute path",
        ],
    );
    check_volume(
        json!({"iscsi": {"targetPortal": "a", "iqn": "x", "chapAuthSession": true}}),
        &[
            ".iscsi.iqn: Invalid value: \"x\": must be valid format",
            ".iscsi.secretRef: Required value",
        ],
    );
    for iqn in ["iqn.2001-04.com.example:disk", "eui.0123456789abcdef", "naa.0123456789abcdef"] {
        check_volume(json!({"iscsi": {"targetPortal": "a", "iqn": iqn}}), &[]);
    }
    check_volume(
        json!({"fc": {"targetWWNs": ["a"], "lun": 256}}),
        &[".fc.lun: Invalid value: 256: must be between 0 and 255, inclusive"],
    );
    check_volume(
        json!({"azureDisk": {"diskName": "a", "diskURI": "x"}}),
        &[".azureDisk.diskURI: Unsupported value: \"x\""],
    );
    check_volume(
        json!({"quobyte": {"registry": "a", "volume": "v"}}),
        &[".quobyte.registry: Invalid value: \"a\": must be a host:port pair"],
    );
}
