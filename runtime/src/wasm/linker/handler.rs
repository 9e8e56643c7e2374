//! Whether the handler of an http service is what WASI says: it is called for each request only, and who
//! wrote another has to hear of it before.

use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};

use super::world::World;

/// What every handler is called.
const NAME: &str = "handle";

/// Checks the handler of a component that exports one.
pub(super) fn check(component: &Component, world: World) -> wasmtime::Result<()> {
    let (matches, expected): (fn(&ComponentFunc) -> bool, _) = match world {
        World::P2 | World::P3 => return Ok(()),
        World::HttpP2 => (is_handler_of_p2, "takes a request and what the response is given to"),
        World::HttpP3 => (is_handler_of_p3, "takes a request and returns a response or an error"),
    };
    match find(component, world) {
        Some(handler) if matches(&handler) => Ok(()),
        Some(_) => Err(wasmtime::Error::msg(format!("want a function `{NAME}` that {expected}"))),
        None => Err(wasmtime::Error::msg(format!("there is no function `{NAME}` in it"))),
    }
}

fn find(component: &Component, world: World) -> Option<ComponentFunc> {
    let (engine, ty) = (component.engine(), component.component_type());
    let interface = ty.exports(engine).find(|(name, _)| world.is_of(name))?.1.ty;
    let ComponentItem::ComponentInstance(interface) = interface else { return None };
    match interface.get_export(engine, NAME)?.ty {
        ComponentItem::ComponentFunc(handler) => Some(handler),
        _ => None,
    }
}

fn is_handler_of_p2(handler: &ComponentFunc) -> bool {
    let params: Vec<_> = handler.params().map(|(_, ty)| ty).collect();
    matches!(params[..], [Type::Own(_), Type::Own(_)]) && handler.results().len() == 0
}

fn is_handler_of_p3(handler: &ComponentFunc) -> bool {
    let params: Vec<_> = handler.params().map(|(_, ty)| ty).collect();
    let results: Vec<_> = handler.results().collect();
    let [Type::Own(_)] = params[..] else { return false };
    let [Type::Result(result)] = &results[..] else { return false };
    matches!((result.ok(), result.err()), (Some(Type::Own(_)), Some(Type::Variant(_))))
}
