//! Modules that no compiler makes, from WebAssembly text.

/// Returns a module or component.
#[track_caller]
pub(crate) fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// Returns the text of a core module whose `_start` does that.
pub(crate) fn start(body: &str) -> String {
    format!("(module (memory (export \"memory\") 1) (func (export \"_start\") {body}))")
}

/// Returns the text of a component whose `wasi:cli/run` does that, with other definitions before.
pub(crate) fn component(imports: &str, body: &str) -> String {
    format!(
        r#"(component
            {imports}
            (core module $m (func (export "run") (result i32) {body}))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $command (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $command)))"#
    )
}
