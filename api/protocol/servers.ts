// What `status` tells of the servers that run beside a node.

/** A server that runs beside the node for programs that know nothing of it. */
export interface ServerStatus {
  server: string
  /** `HOST:PORT` of each address that was bound. */
  listening: string[]
  /** Why it does not listen where it was told to. */
  problems: string[]
}
