//! Guests on the sockets of this machine, through wasmtime's own WASI.

use std::path::Path;
use std::time::Duration;

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// After which a guest is given up: what it waits for does not come.
const DEADLINE: Duration = Duration::from_secs(30);

/// How much a guest may print.
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// One guest, compiled.
pub(crate) struct Kernel {
    component: Component,
    linker: Linker<Host>,
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

impl Kernel {
    pub(crate) fn new(guest: &Path) -> Self {
        let engine = Engine::new(&Config::new()).unwrap();
        let component = Component::from_file(&engine, guest).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        Self { component, linker }
    }

    /// Returns what the guest prints.
    pub(crate) fn run(&self, steps: &str) -> String {
        let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let output = MemoryOutputPipe::new(OUTPUT_BYTES_MAX);
        let mut wasi = WasiCtx::builder();
        wasi.args(&["guest", steps])
            .stdout(output.clone())
            .inherit_network()
            .allow_tcp(true)
            .allow_udp(true)
            .allow_ip_name_lookup(true);
        let host = Host { wasi: wasi.build(), table: ResourceTable::new() };
        let mut store = Store::new(self.component.engine(), host);
        let run = async {
            let command = Command::instantiate_async(&mut store, &self.component, &self.linker)
                .await
                .unwrap();
            command.wasi_cli_run().call_run(&mut store).await.unwrap().unwrap();
        };
        let ended = reactor.block_on(async { tokio::time::timeout(DEADLINE, run).await });
        let text = String::from_utf8(output.contents().to_vec()).unwrap();
        assert!(ended.is_ok(), "{steps}: does not end\n{text}");
        text
    }
}
