// Every bound of names, with its unit, why it is that number, and what goes first when it is full.

/** Bytes of a key, a hash, a secret and a seed. */
export const KEY_BYTES = 32

/** Bytes of an Ed25519 signature (RFC 8032). */
export const SIGNATURE_BYTES = 64

/** Rungs of a ladder: phrases on paper are few, and each costs 32 bytes in every certificate. A longer ladder is refused. */
export const MAX_RUNGS = 16

/** Devices of a certificate: a name answer carries a card for each. A further device is refused by who signs. */
export const MAX_DEVICES = 32

/** A certificate's bytes with all rungs and devices: the ladder, the rung that signs, the devices, closings, signature. */
export const MAX_CERTIFICATE_BYTES =
  2 + 2 + MAX_RUNGS * KEY_BYTES + 1 + 4 + KEY_BYTES + 8 + 1 + MAX_DEVICES * KEY_BYTES + KEY_BYTES + SIGNATURE_BYTES

/** The greatest u32: a serial that cannot be followed at the same rung; only a higher rung supersedes it. */
export const MAX_SERIAL = 0xffff_ffff

/** Bytes of a card head, which has no variable part. */
export const CARD_HEAD_BYTES = 1 + KEY_BYTES + KEY_BYTES + 8 + KEY_BYTES + 8 + 4 + SIGNATURE_BYTES

/** Bytes of any chunk (protocol §6); a card and closings are one chunk. The writer is told that its card is full. */
export const MAX_CHUNK_BYTES = 61_440

/** Records of a card: a reader may have to check a signature for each. A card with more is refused whole. */
export const MAX_CARD_RECORDS = 1_024

/** Records of one label and visibility in a card that are looked at, the newest ones: each may cost a signature of a new key. */
export const MAX_LABEL_RECORDS = 4

/** Characters of a label: one DNS label (RFC 1035 §2.3.4). */
export const MAX_LABEL_CHARACTERS = 63

/** UTF-8 bytes of a petname; as a label, so that the longest of both fit one column. */
export const MAX_PETNAME_BYTES = 63

/** Plain bytes of a sealed stream record: the longest record is 169; every one is padded to this, so that the length of a
 * label does not show. */
export const SEALED_STREAM_BYTES = 224

/** Custodians of an inbox: a sender tries all of them, and two are enough to survive one. */
export const MAX_INBOX_CUSTODIANS = 4

/** How long an inbox key may be used, in milliseconds: twice the usual week. What is sealed to it cannot be read any more
 * when its private key is gone, so a key for ever would be a promise that nobody wants. */
export const MAX_INBOX_KEY_MS = 14 * 86_400_000

/** Devices of a closings chunk: as many as a certificate can have struck at once. */
export const MAX_CLOSED_DEVICES = 32

/** Logs of a struck device in a closings chunk; the chunk's own bytes end it earlier when several devices have many. */
export const MAX_CLOSED_LOGS = 256

/** How far ahead of the checker's clock a time may be, in milliseconds: clocks at home are off by minutes, seldom more.
 * What is further ahead is refused: it could not be superseded before its time comes. */
export const MAX_CLOCK_AHEAD_MS = 600_000

/** Bytes of a name answer: a full certificate with 32 full cards is below it (protocol §13). A longer one is refused. */
export const MAX_NAME_ANSWER_BYTES = 2_097_152

/** Names in a link's path: directories nest no deeper (protocol §6.5). A deeper path is refused. */
export const MAX_PATH_NAMES = 128

/** UTF-8 bytes of one name in a path (protocol §6.4). */
export const MAX_PATH_NAME_BYTES = 255

/** Characters of a host in a neighbour's address: a DNS name (RFC 1035 §2.3.4). */
export const MAX_HOST_CHARACTERS = 253
