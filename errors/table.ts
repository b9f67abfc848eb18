// Every error that a caller can meet, in one table: it gives the type of `code`, the exit codes of the command line and
// the page docs/reference/errors.md. A code, once released, keeps its meaning; new ones are added, none is renamed.

import type { ExitCode } from './exit.js'

/** Who can do something about it: the program that called, the node at the other end, the way between, or this machine. */
export type Blame = 'caller' | 'peer' | 'network' | 'local'

export interface ErrorRow {
  readonly blame: Blame
  /** What happened, as a sentence without a full stop; the message when the thrower gives none. */
  readonly title: string
  /** What to do about it, as one or two sentences. */
  readonly hint: string
  readonly exitCode: ExitCode
  /** The name of the nearest Unix error, for shims that must answer a system call. */
  readonly errno?: string
}

export const errorTable = {
  ABORTED: {
    blame: 'caller',
    title: 'the call was aborted',
    hint: 'Your signal or an interrupt stopped it. Call again: what was verified before is kept, and a get goes on from there.',
    exitCode: 130,
    errno: 'ECANCELED',
  },
  TIMEOUT: {
    blame: 'network',
    title: 'nothing arrived before the deadline',
    hint: 'See `runnel peers` for which neighbours answer, or call again with a longer deadline: what was verified before is kept.',
    exitCode: 4,
    errno: 'ETIMEDOUT',
  },
  NO_HOLDER: {
    blame: 'network',
    title: 'nobody who was asked holds it',
    hint: 'The error lists who was asked. Try again when the publisher is up, or add an upstream that reaches it: `runnel up --upstream KEY@ADDR:PORT`.',
    exitCode: 3,
    errno: 'EHOSTUNREACH',
  },
  NO_INBOX: {
    blame: 'peer',
    title: 'this name lists no inbox',
    hint: 'Its owner needs an upstream that keeps inboxes (`runnel up --inboxes SIZE` there), and a node that was up since then: it asks again within ten minutes.',
    exitCode: 3,
    errno: 'EHOSTUNREACH',
  },
  NOT_DELIVERED: {
    blame: 'peer',
    title: 'no custodian has signed for the letter',
    hint: 'The error lists who was asked and what each said. Nothing was delivered: send it again later.',
    exitCode: 4,
    errno: 'EHOSTUNREACH',
  },
  NO_NODE: {
    blame: 'local',
    title: 'no node runs on this home',
    hint: 'Start one with `runnel up --detach`, or name the home of the one that runs with `--home DIR`.',
    exitCode: 6,
    errno: 'ECONNREFUSED',
  },
  NODE_RUNNING: {
    blame: 'caller',
    title: 'another node already runs on this home',
    hint: 'Use the one that runs (`runnel status`), stop it first, or give this one a home of its own with `--home DIR`.',
    exitCode: 6,
    errno: 'EADDRINUSE',
  },
  BAD_NAME: {
    blame: 'caller',
    title: 'this is not a name: its checksum does not match, so there is a typing error in it',
    hint: 'Copy the whole name again; it has 56 letters and digits from a-z and 2-7.',
    exitCode: 2,
    errno: 'EINVAL',
  },
  BAD_LINK: {
    blame: 'caller',
    title: 'this is not a link',
    hint: 'A link is [LABEL.]NAME[+SECRET], with /PATH after it for one file of a folder. Copy it again from where it was printed.',
    exitCode: 2,
    errno: 'EINVAL',
  },
  BAD_ARGUMENT: {
    blame: 'caller',
    title: 'an argument is wrong',
    hint: 'The message names the argument and what it may be; `runnel help` lists them all.',
    exitCode: 2,
    errno: 'EINVAL',
  },
  UNKNOWN_LABEL: {
    blame: 'caller',
    title: 'the name has no stream with this label',
    hint: 'Check the label; a link without one means `main`. An unlisted stream is found only with its secret: use the whole link.',
    exitCode: 3,
    errno: 'ENOENT',
  },
  NOT_A_FOLDER: {
    blame: 'caller',
    title: 'the stream or the path is not a folder',
    hint: 'Leave out the path, or read it as what it is: `runnel get` for a file, `runnel tail` for a log.',
    exitCode: 2,
    errno: 'ENOTDIR',
  },
  NOT_A_LOG: {
    blame: 'caller',
    title: 'the stream holds a published folder or file, not entries',
    hint: 'Read it with `runnel get`, and see what is in it with `runnel ls`. Entries go to a label of their own.',
    exitCode: 2,
    errno: 'EISDIR',
  },
  NOT_FOUND: {
    blame: 'caller',
    title: 'there is nothing at this path',
    hint: 'See what there is with `runnel ls LINK`.',
    exitCode: 3,
    errno: 'ENOENT',
  },
  PATH_ESCAPES: {
    blame: 'peer',
    title: 'a path or a symbolic link leads out of the folder',
    hint: 'Nothing was written outside. Publish the folder without that entry; if it is not yours, tell its publisher.',
    exitCode: 5,
    errno: 'EXDEV',
  },
  SOURCE_CHANGED: {
    blame: 'caller',
    title: 'the folder changed while it was published',
    hint: 'Nothing was published. Publish again when nothing writes into it, or publish a snapshot or a copy.',
    exitCode: 7,
    errno: 'EBUSY',
  },
  FORKED: {
    blame: 'peer',
    title: 'the writer signed two histories of this log that contradict each other',
    hint: 'Entries before the fork stay readable. Ask the writer which is right; a restored copy of a device must write to a new log.',
    exitCode: 5,
    errno: 'EBADMSG',
  },
  STALE: {
    blame: 'network',
    title: 'only an older state than you accept can be had',
    hint: 'Accept older data, or try again when the writer or an upstream that reaches it is up.',
    exitCode: 4,
    errno: 'ESTALE',
  },
  CLOCK: {
    blame: 'network',
    title: 'a clock is wrong: what is to be had is signed in the future',
    hint: 'See with `runnel doctor` whose clock differs from that of its neighbours: here, at the upstream, at the publisher. Set it by NTP, then call again.',
    exitCode: 5,
    errno: 'EBADMSG',
  },
  WRONG_SECRET: {
    blame: 'caller',
    title: 'the secret does not open this stream',
    hint: 'Copy the whole link again, with the part after the +. A stream that was published anew may have a new secret.',
    exitCode: 5,
    errno: 'EKEYREJECTED',
  },
  SECRET_NEEDED: {
    blame: 'caller',
    title: 'the stream is unlisted and can only be read with its secret',
    hint: 'Ask its writer for the whole link, which ends in +SECRET.',
    exitCode: 5,
    errno: 'ENOKEY',
  },
  DAMAGED: {
    blame: 'local',
    title: 'stored data does not verify',
    hint: 'Run `runnel doctor`. Damaged cache is fetched again by itself; of your own data the error names what is lost. Check the disk.',
    exitCode: 7,
    errno: 'EIO',
  },
  DISK_FULL: {
    blame: 'local',
    title: 'the disk is full',
    hint: 'Free some space, or give the cache a smaller limit with `--cache SIZE`. Nothing that was acknowledged is lost.',
    exitCode: 7,
    errno: 'ENOSPC',
  },
  READ_ONLY: {
    blame: 'local',
    title: 'the home cannot be written',
    hint: 'Mount it writable, or choose another home with `--home DIR`.',
    exitCode: 7,
    errno: 'EROFS',
  },
  IO: {
    blame: 'local',
    title: 'reading or writing a file failed',
    hint: 'The message names the file and the reason. Look into the kernel log and check the disk.',
    exitCode: 7,
    errno: 'EIO',
  },
  LOG_CLOSED: {
    blame: 'local',
    title: 'this log takes no more entries, because writing it to disk failed once',
    hint: 'Check the disk, then start the node again: what was acknowledged is kept, and writing goes on in a new log.',
    exitCode: 7,
    errno: 'EIO',
  },
  NOT_OWNER: {
    blame: 'caller',
    title: "this node does not hold the stream's key",
    hint: 'Only a device of the name can write to it. Append on that device, or publish under your own name.',
    exitCode: 5,
    errno: 'EPERM',
  },
  TOO_LARGE: {
    blame: 'caller',
    title: 'it is larger than is allowed',
    hint: 'The message gives the limit. Split it, publish it as a file, or ask for a range.',
    exitCode: 8,
    errno: 'EMSGSIZE',
  },
  TOO_MANY: {
    blame: 'peer',
    title: 'there is more of it than was declared or than a limit allows',
    hint: 'The message names the limit. What was read so far is kept; ask for a part of it, or wait until other calls are done.',
    exitCode: 8,
    errno: 'ENOBUFS',
  },
  BAD_FRAME: {
    blame: 'caller',
    title: 'the local API got something that it does not understand',
    hint: 'The program and the node disagree about the protocol: check that both are the same version of runnel.',
    exitCode: 1,
    errno: 'EPROTO',
  },
  NETWORK_DOWN: {
    blame: 'network',
    title: 'no upstream is connected',
    hint: 'See `runnel peers` for why and for when each is tried again. What is in the own store and cache can still be read.',
    exitCode: 4,
    errno: 'ENETDOWN',
  },
  NO_ROUTE: {
    blame: 'network',
    title: 'no way to the device was found',
    hint: 'It is off, or has no upstream in common with this node. See `runnel peers` on both, and try again when it is up.',
    exitCode: 4,
    errno: 'EHOSTUNREACH',
  },
  NO_SERVICE: {
    blame: 'peer',
    title: 'the device was reached, and nobody listens for that service on it',
    hint: 'Check the name of the service, or start what answers it there: `runnel listen SERVICE`.',
    exitCode: 3,
    errno: 'ECONNREFUSED',
  },
  NOT_ALLOWED: {
    blame: 'peer',
    title: 'the other side does not let this name speak to that service',
    hint: 'Ask its owner to list your name; `runnel id` prints it.',
    exitCode: 5,
    errno: 'EACCES',
  },
  BUSY: {
    blame: 'peer',
    title: 'the other side takes no more at the moment',
    hint: 'Try again later. The message says what is full.',
    exitCode: 8,
    errno: 'EAGAIN',
  },
  CONVERSATION_RESET: {
    blame: 'peer',
    title: 'the other side has given the conversation up',
    hint: 'What was read before is as it was written. The message says why, if the other side did.',
    exitCode: 4,
    errno: 'ECONNRESET',
  },
  CONVERSATION_LOST: {
    blame: 'network',
    title: 'the way to the other side was lost, and no other was found in time',
    hint: 'What was written and not acknowledged may or may not have arrived. Dial again when both have an upstream.',
    exitCode: 4,
    errno: 'ETIMEDOUT',
  },
  BAD_CONFIG: {
    blame: 'caller',
    title: 'the configuration is wrong',
    hint: 'The message names the key, the line and what it may be.',
    exitCode: 2,
    errno: 'EINVAL',
  },
  UNSUPPORTED: {
    blame: 'caller',
    title: 'this version cannot do that',
    hint: 'Update runnel, or do without: the message says what is missing.',
    exitCode: 2,
    errno: 'EOPNOTSUPP',
  },
  VERSION: {
    blame: 'local',
    title: 'it was written by a version that this one cannot read',
    hint: 'Update runnel on this machine. Nothing was changed.',
    exitCode: 7,
    errno: 'EPROTONOSUPPORT',
  },
  PERMISSION: {
    blame: 'local',
    title: 'this user may not do that',
    hint: 'The message names the file or the right. Run as the user who owns the home, or choose another home with `--home DIR`.',
    exitCode: 7,
    errno: 'EACCES',
  },
  EXISTS: {
    blame: 'caller',
    title: 'it exists already',
    hint: 'Choose another place or name, or remove what is there.',
    exitCode: 2,
    errno: 'EEXIST',
  },
  NO_NATIVE: {
    blame: 'local',
    title: 'the native addon was asked for and is not there',
    hint: 'Build it with `npm run build` where there is a cargo, or start without `--require-native`: the portable provider does the same, slower.',
    exitCode: 7,
    errno: 'ELIBACC',
  },
  NO_TUN: {
    blame: 'local',
    title: 'there is no network interface for packets',
    hint: 'Streams and conversations work without it. See `runnel doctor` for what is missing, or choose `runnel up --no-tun`.',
    exitCode: 7,
    errno: 'ENODEV',
  },
  INTERNAL: {
    blame: 'local',
    title: 'something failed that should not be able to',
    hint: 'This is a defect in runnel: please report it, with the message and what you did.',
    exitCode: 1,
    errno: 'EIO',
  },
} as const satisfies Record<string, ErrorRow>

/** The stable name of an error; see docs/reference/errors.md. */
export type ErrorCode = keyof typeof errorTable

/** Whether a string that came from outside is a code of this version. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(errorTable, text)
}
