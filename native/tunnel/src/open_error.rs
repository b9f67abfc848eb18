//! What cannot be opened says at which of its steps.

use std::io;

/// Why something could not be opened.
#[derive(Debug)]
pub struct OpenError {
    /// At which step.
    pub step: Step,
    /// What the system said.
    pub cause: io::Error,
}

/// The steps of opening, each with the right that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `/dev/net/tun` opened and made an interface: the file, and `CAP_NET_ADMIN` in this network namespace.
    Interface,
    /// Size and state of the interface: `CAP_NET_ADMIN`.
    Link,
    /// Its address: `CAP_NET_ADMIN`, and IPv6 not switched off.
    Address,
    /// Its routes: the same.
    Route,
    /// The rules that send to peers by it or not at all: the same, and a kernel that has such rules.
    Rules,
    /// The rules by which this machine answers for peers: the same, for ports.
    Answer,
    /// The UDP sockets: a free port.
    Socket,
    /// A TCP socket on the interface: a free port, and the right to one below 1024.
    Listen,
    /// A raw socket on the interface: `CAP_NET_RAW`.
    Raw,
    /// The thread.
    Thread,
}

impl Step {
    /// As it is called outside.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Link => "link",
            Self::Address => "address",
            Self::Route => "route",
            Self::Rules => "rules",
            Self::Answer => "answer",
            Self::Socket => "socket",
            Self::Listen => "listen",
            Self::Raw => "raw",
            Self::Thread => "thread",
        }
    }
}

/// Says at which step it went wrong.
pub fn at<T>(step: Step, result: io::Result<T>) -> Result<T, OpenError> {
    result.map_err(|cause| OpenError { step, cause })
}
