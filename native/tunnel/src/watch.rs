//! News of this machine's addresses and interfaces, as the kernel's routing socket tells them: only that there is some. What
//! it is, whoever hears of it looks up.

use crate::system::{open_bell, open_news, wait};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::thread::JoinHandle;

/// After some news the next is told no sooner: a machine that makes a hundred interfaces wakes nobody a hundred times.
const REST_MS: i32 = 100;

/// A thread that listens for news, as long as this lives.
pub struct AddressWatch {
    bell: File,
    thread: Option<JoinHandle<()>>,
}

impl AddressWatch {
    /// Begins to listen in the network namespace of the calling thread. `wake` is called when there was some news; it must
    /// not block.
    pub fn start(wake: Box<dyn Fn() + Send>) -> io::Result<Self> {
        let news = File::from(open_news()?);
        let bell = open_bell()?;
        let heard = bell.try_clone()?;
        let listen = move || {
            // What cannot be waited for any more is at its end.
            while let Ok([_, ended]) = wait([(Some(news.as_fd()), false), (Some(heard.as_fd()), false)], -1) {
                if ended.readable {
                    break;
                }
                // What comes from here on is news again.
                drain(&news);
                wake();
                if wait([(Some(heard.as_fd()), false)], REST_MS).is_ok_and(|[ended]| ended.readable) {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name("runnel-watch".to_owned()).spawn(listen)?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

impl Drop for AddressWatch {
    fn drop(&mut self) {
        let _rung = self.bell.write_all(&1u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// Reads what waits. What was lost for want of room is told as an error, which is read with it.
fn drain(mut news: &File) {
    let mut bytes = [0; 8192];
    let blocked = |result: io::Result<usize>| result.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
    while !blocked(news.read(&mut bytes)) {}
}
