// The way to the native tunnel: what a datapath is told and tells, as rows of bytes, and the interface of this machine.

export type {
  BoundPorts,
  Datapath,
  DatapathOptions,
  InterfaceOptions,
  OpenDatapath,
  OpenInterface,
  Prefix,
} from './datapath.js'
