//! `scripted`, with the stop interface: `wasmpod_lifecycle` as a module, `wasmpod:lifecycle/stop` as
//! a component. While it waits it hears that it is asked to end.

#[cfg_attr(target_env = "p2", path = "component.rs")]
#[cfg_attr(not(target_env = "p2"), path = "module.rs")]
mod stop;

fn main() {
    scripted::main(stop::Told);
}
