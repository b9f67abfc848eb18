//! The door to what `runnel-tunnel` knows of this machine, beside tunnels: what it could do, what a killed node left here, and
//! when its addresses change. `node/machine` is the only caller.

use crate::tunnel::failed;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Result, Status};
use napi_derive::napi;
use runnel_tunnel::{AddressWatch, Offloads, clock_is_kept, remove_abandoned, try_interface, udp_offloads};

/// A function of JavaScript that takes nothing; of more calls than one at a time, none is needed.
type Bell = ThreadsafeFunction<(), (), (), Status, false, true, 1>;

/// What this machine could do.
#[napi(object)]
pub struct Abilities {
    /// Why there can be no interface, as `openTunnel` says it.
    pub refused: Option<String>,
    /// Which super-packets the kernel would hand over. 0: none; 1: TCP's; 2: UDP's too.
    pub offloads: u32,
    /// Whether the kernel cuts one send into datagrams.
    pub cuts: bool,
    /// Whether it joins datagrams into one receive.
    pub joins: bool,
    /// Whether something keeps the clock right; not there where that may not be asked.
    pub clock: Option<bool>,
}

/// Looks what this machine could do, in the network namespace of this thread. An interface is there for a moment.
#[napi(catch_unwind)]
pub fn examine_machine() -> Abilities {
    let (refused, offloads) = match try_interface() {
        Ok(Offloads::None) => (None, 0),
        Ok(Offloads::Tcp) => (None, 1),
        Ok(Offloads::TcpAndUdp) => (None, 2),
        Err(error) => (Some(failed(error).reason.to_string()), 0),
    };
    let [cuts, joins] = udp_offloads().unwrap_or_default();
    Abilities { refused, offloads, cuts, joins, clock: clock_is_kept() }
}

/// Removes rules of routing whose interface is gone with its node; the number of that interface for each.
#[napi(catch_unwind)]
pub fn remove_abandoned_rules() -> Result<Vec<u32>> {
    remove_abandoned().map_err(told)
}

/// Rings its bell when addresses or interfaces have changed, until it is closed or collected. It keeps no process alive.
#[napi(js_name = "AddressWatch")]
pub struct Watch {
    watch: Option<AddressWatch>,
}

/// Begins to watch the network namespace of this thread.
#[napi(catch_unwind)]
pub fn watch_addresses(bell: Bell) -> Result<Watch> {
    // A bell that cannot be rung any more belongs to a process that ends.
    let wake = move || {
        let _status = bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
    };
    Ok(Watch { watch: Some(AddressWatch::start(Box::new(wake)).map_err(told)?) })
}

#[napi]
impl Watch {
    /// Ends it: the bell is not rung any more when this has returned and what was rung before has been heard.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        drop(self.watch.take());
    }
}

fn told(cause: std::io::Error) -> Error {
    Error::new(Status::GenericFailure, format!("routing {} {cause}", cause.raw_os_error().unwrap_or(0)))
}
