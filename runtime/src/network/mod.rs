//! The network of a pod: one localhost that all of its containers share, in memory.
//!
//! ```text
//!   container ── TcpSocket ──┐                        ┌── TcpSocket ── container
//!                            ├─► ports ─► Listener ──►┤
//!   host port ── publish ────┘      TcpStream pair    └── egress, relay ── the real network
//! ```
//!
//! Between the pods of a node the way is the same: the listener is that of the neighbour.
//!
//! What must hold:
//! - `localhost` never leaves the pod, and nothing of the node's own loopback is reached from it.
//! - Sockets answer as the kernel's would over its loopback; where they do not,
//!   `docs/networking.md` says why.
//! - What a run of a container holds ends with it ([`Incarnation`]), at once.
//! - Everything that waits or grows has a limit: sockets, backlogs, bytes on their way.

mod address;
mod buffer;
mod egress;
mod error;
mod host;
mod hosts;
mod lease;
mod listener;
mod names;
mod node;
mod options;
mod ports;
mod publish;
mod ranges;
mod relay;
mod resolv_conf;
mod stream;
mod tcp;
mod udp;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

pub use self::address::{Family, PodAddresses};
pub use self::egress::{Denied, EgressPolicy};
pub use self::error::SocketError;
pub use self::host::PodStream;
pub use self::hosts::Hosts;
pub use self::lease::{Incarnation, Member};
pub use self::names::{LookupError, is_name};
pub use self::node::NodeNetwork;
pub use self::options::SocketOptions;
pub use self::publish::{
    ParsePublishError, Publication, PublishError, PublishedPort, publish, published_ports,
};
pub use self::ranges::{AddressLease, NodeRanges, RangeExhausted};
pub use self::resolv_conf::{Cluster, DnsNotice, ResolvConf};
pub use self::stream::TcpStream;
pub use self::tcp::{Acceptor, TcpSocket};
pub use self::udp::{Datagram, Receiver, UdpSocket};

use self::listener::Listener;
use self::ports::{Owner, PortTable};
use self::stream::Share;
use self::tcp::Connecting;
use self::udp::{Reachable, Waiting};

/// The network of one pod.
#[derive(Debug)]
pub struct PodNetwork {
    addresses: AddressLease,
    hosts: Hosts,
    egress: EgressPolicy,
    /// Held for the time of one look-up or change.
    ports: Mutex<PortTable<Weak<Listener>>>,
    /// As `ports`, of UDP.
    udp_ports: Mutex<PortTable<Reachable>>,
    share: Arc<Share>,
    datagrams_waiting: Arc<Waiting>,
    last_owner: AtomicU64,
    connections_from_host: AtomicU64,
}

impl PodNetwork {
    /// Makes the network of a pod that has these addresses and knows these names.
    pub fn new(addresses: AddressLease, hosts: Hosts, egress: EgressPolicy) -> Arc<Self> {
        let network = Arc::new(Self {
            addresses,
            hosts,
            egress,
            ports: Mutex::default(),
            udp_ports: Mutex::default(),
            share: Arc::default(),
            datagrams_waiting: Arc::default(),
            last_owner: AtomicU64::new(0),
            connections_from_host: AtomicU64::new(0),
        });
        network.addresses.occupy(Arc::downgrade(&network));
        network
    }

    /// Returns the pod's addresses.
    pub fn addresses(&self) -> PodAddresses {
        self.addresses.addresses()
    }

    /// Returns the names that the pod knows by itself.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Takes in one run of a container.
    pub fn join(self: &Arc<Self>) -> Incarnation {
        let owner = Owner(self.last_owner.fetch_add(1, Ordering::Relaxed));
        Incarnation::new(Arc::clone(self), owner)
    }

    /// Returns where a connection from the host to a port of the pod may be carried, if who listens
    /// there lets it be carried elsewhere than where the pod runs.
    fn shard_for(&self, port: u16) -> Option<tokio::runtime::Handle> {
        let addresses = self.addresses();
        let mut families = [Family::V4, Family::V6].into_iter();
        let listener = families.find_map(|f| self.listener((addresses.of(f), port).into()))?;
        listener.shard()
    }

    /// Connects from the host to a port of the pod, as a probe or a published port does: to the
    /// pod's own address, so that what listens on localhost alone is not reached. The pod sees
    /// `client`, or the node where there is none of its family.
    ///
    /// # Errors
    ///
    /// [`SocketError::ConnectionRefused`] if nobody listens there.
    pub async fn connect_from_host(
        self: &Arc<Self>,
        port: u16,
        client: Option<SocketAddr>,
    ) -> Result<TcpStream, SocketError> {
        let addresses = self.addresses();
        let families = [Family::V4, Family::V6];
        let listens =
            |family: &Family| self.listener((addresses.of(*family), port).into()).is_some();
        let family = families.into_iter().find(listens).ok_or(SocketError::ConnectionRefused)?;
        let port_of_node = || client.map_or_else(|| self.port_of_node(), |client| client.port());
        let node = || SocketAddr::new(addresses.node(family), port_of_node());
        let client = client.map(|c| SocketAddr::new(c.ip().to_canonical(), c.port()));
        let from = client.filter(|c| Family::of(c.ip()) == family).unwrap_or_else(node);
        let origin = stream::Origin { address: from, port: None };
        self.connect(origin, (addresses.of(family), port).into()).await
    }

    /// Returns the port that the node's next connection comes from. Nobody connects to it, so that
    /// one that is in use may come again.
    fn port_of_node(&self) -> u16 {
        let ports = ports::EPHEMERAL;
        let count = self.connections_from_host.fetch_add(1, Ordering::Relaxed);
        ports.start() + (count % ports.len() as u64) as u16
    }

    /// Connects to a listener of this pod.
    fn connect(&self, origin: stream::Origin, to: SocketAddr) -> Connecting {
        let Some(listener) = self.listener(to) else {
            return Connecting::Done(Some(Err(SocketError::ConnectionRefused)));
        };
        let share = Arc::clone(&self.share);
        let establish = move |listener: &Listener| {
            let (connected, accepted) = TcpStream::pair(origin, to, &share);
            listener.offer(accepted);
            connected
        };
        match listener.try_take_place() {
            Ok(true) => Connecting::Done(Some(Ok(establish(&listener)))),
            Ok(false) => {
                let (places, listener) = (listener.places(), Arc::downgrade(&listener));
                Connecting::UnderWay(Box::pin(async move {
                    let place = places.acquire().await;
                    let place = place.map_err(|_| SocketError::ConnectionRefused)?;
                    let listener = listener.upgrade().ok_or(SocketError::ConnectionRefused)?;
                    place.forget();
                    Ok(establish(&listener))
                }))
            }
            Err(error) => Connecting::Done(Some(Err(error))),
        }
    }

    fn listener(&self, to: SocketAddr) -> Option<Arc<Listener>> {
        self.ports().listener(to).and_then(Weak::upgrade)
    }

    fn ports(&self) -> MutexGuard<'_, PortTable<Weak<Listener>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn udp_ports(&self) -> MutexGuard<'_, PortTable<Reachable>> {
        self.udp_ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a datagram where it belongs in the pod. Says whether there is somebody to take it.
    fn deliver(&self, datagram: Datagram, to: SocketAddr) -> bool {
        let mailbox = self.udp_ports().listener(to).and_then(|there| there.mailbox.upgrade());
        mailbox.is_some_and(|mailbox| mailbox.deliver(datagram))
    }

    /// Puts a datagram of a client of the host where it belongs: to the pod's own address, as
    /// [`PodNetwork::connect_from_host`] does. What the pod answers goes through `socket`.
    fn deliver_from_host(
        &self,
        port: u16,
        bytes: Vec<u8>,
        client: SocketAddr,
        socket: &Arc<std::net::UdpSocket>,
    ) {
        let addresses = self.addresses();
        let own = Family::of(client.ip().to_canonical());
        let ports = self.udp_ports();
        let at = |family| Some((family, ports.listener((addresses.of(family), port).into())?));
        let families = [own, Family::V4, Family::V6];
        let Some((family, there)) = families.into_iter().find_map(at) else { return };
        let there = (there.mailbox.upgrade(), there.outside.upgrade());
        drop(ports);
        let (Some(mailbox), Some(outside)) = there else { return };
        // The loopback of the node is not that of the pod.
        let is_shown = family == own && !client.ip().to_canonical().is_loopback();
        let ip = if is_shown { client.ip().to_canonical() } else { addresses.node(family) };
        let from = SocketAddr::new(ip, client.port());
        outside.came_in(from, socket, client);
        mailbox.deliver(Datagram { bytes, from });
    }

    fn release_all(&self, owner: Owner) {
        let reachable = self.udp_ports().release_all(owner);
        reachable
            .iter()
            .filter_map(|there| there.mailbox.upgrade())
            .for_each(|mailbox| mailbox.close());
        let listeners = self.ports().release_all(owner);
        // Not under the lock: who hears of it may come back at once.
        listeners.iter().filter_map(Weak::upgrade).for_each(|listener| listener.close());
    }

    /// Returns where a packet to `destination` goes.
    fn route(self: &Arc<Self>, destination: IpAddr) -> Route {
        if self.addresses().contains(destination) {
            return Route::Pod(Arc::clone(self));
        }
        if let Err(denied) = self.egress.check(destination) {
            return Route::Denied(denied);
        }
        let ranges = self.addresses.ranges();
        match ranges.pod(destination) {
            Some(neighbour) => Route::Pod(neighbour),
            None if ranges.contains(destination) => Route::Nowhere,
            None => Route::Outside,
        }
    }
}

/// Where a packet goes.
enum Route {
    /// To this pod or another of this node.
    Pod(Arc<PodNetwork>),
    /// An address of the node's range that no pod has.
    Nowhere,
    /// To the real network.
    Outside,
    /// Where it may not go.
    Denied(Denied),
}

#[cfg(test)]
mod tests;
