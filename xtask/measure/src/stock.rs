//! Two programs over the sockets that come with the engine, on the kernel's loopback: both in one
//! thread, which spares the kernel from waking another.

use std::path::Path;

use anyhow::Context as _;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2, p3};

use crate::Input;

/// How much a program may print.
const OUTPUT_BYTES_MAX: usize = 1 << 16;

/// Each line of input has the arguments of both programs, with `|` between them; prints what the
/// second printed.
pub(crate) async fn answer(guest: &Path) -> anyhow::Result<()> {
    let program = Program::compile(guest).map_err(|error| told(&error))?;
    let mut input = Input::new();
    while let Some(line) = input.line().await {
        let (server, client) = line.split_once('|').context("want SERVER | CLIENT")?;
        let both = tokio::try_join!(program.run(server), program.run(client));
        crate::answer(both.map_err(|error| told(&error))?.1.trim())?;
    }
    Ok(())
}

fn told(error: &wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

struct Program {
    component: Component,
    linker: Linker<Host>,
    is_async: bool,
}

struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Program {
    fn compile(guest: &Path) -> wasmtime::Result<Self> {
        let engine = Engine::new(&Config::new())?;
        let component = Component::from_file(&engine, guest)?;
        let mut linker = Linker::new(&engine);
        p2::add_to_linker_async(&mut linker)?;
        p3::add_to_linker(&mut linker)?;
        let exports = component.component_type();
        let is_async =
            exports.exports(&engine).any(|(name, _)| name.starts_with("wasi:cli/run@0.3"));
        Ok(Self { component, linker, is_async })
    }

    /// Runs it to its end; returns what it printed.
    async fn run(&self, arguments: &str) -> wasmtime::Result<String> {
        let output = MemoryOutputPipe::new(OUTPUT_BYTES_MAX);
        let mut wasi = WasiCtx::builder();
        wasi.arg("guest").stdout(output.clone()).inherit_stderr().inherit_network();
        wasi.allow_tcp(true).allow_ip_name_lookup(true);
        arguments.split_whitespace().for_each(|argument| {
            wasi.arg(argument);
        });
        let host = Host { wasi: wasi.build(), table: ResourceTable::new() };
        let mut store = Store::new(self.component.engine(), host);
        let ended = if self.is_async {
            let command =
                p3::bindings::Command::instantiate_async(&mut store, &self.component, &self.linker);
            let command = command.await?;
            let run = async |store: &_| command.wasi_cli_run().call_run(store).await;
            store.run_concurrent(run).await??
        } else {
            let command =
                p2::bindings::Command::instantiate_async(&mut store, &self.component, &self.linker);
            command.await?.wasi_cli_run().call_run(&mut store).await?
        };
        ended.map_err(|()| wasmtime::Error::msg(format!("`{arguments}` failed")))?;
        Ok(String::from_utf8_lossy(&output.contents()).into_owned())
    }
}
