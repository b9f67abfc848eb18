// Tells when the addresses of this machine may have changed: as the kernel says it where there is an addon, else by looking
// every few seconds.

import { findMachineAddon } from './addon.js'
import { lookEveryMs } from './limits.js'

/** Calls until what it gives is called; keeps no process alive. What has changed, if anything, whoever hears of it looks up. */
export function watchAddresses(handleNews: () => void, addon = findMachineAddon()): () => void {
  try {
    const watch = addon?.watchAddresses(handleNews)
    if (watch !== undefined) return () => watch.close()
  } catch {
    // No socket or no thread is to be had: looking now and then needs neither.
  }
  const timer = setInterval(handleNews, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
