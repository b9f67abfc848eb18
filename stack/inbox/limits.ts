// Every bound of inboxes, with its unit, why it is that number, and what goes first when it is full.

/** Bytes of a key, a hash and a name. */
export const KEY_BYTES = 32

/** Bytes of an Ed25519 signature (RFC 8032). */
export const SIGNATURE_BYTES = 64

/** Bytes of a ticket's serial and of a letter's id: random, so that nobody else's can be met. */
export const SERIAL_BYTES = 16

/** Classes of size: class c has room for 2^c KiB, so that a length tells at most one of six things. */
export const CLASSES = 6

/** Bytes of the tag of AES-GCM. */
export const TAG_BYTES = 16

/** Devices that one envelope is sealed to: as many as a certificate lists. */
export const MAX_RECIPIENTS = 32

/** Bytes of one recipient: device, encapsulated key, wrapped content key with its tag. */
export const RECIPIENT_BYTES = KEY_BYTES + KEY_BYTES + KEY_BYTES + TAG_BYTES

/** Bytes of an envelope: the largest class with all recipients; it fits a chunk. A longer one is refused unread. */
export const MAX_ENVELOPE_BYTES = 1 + KEY_BYTES + 1 + 1 + MAX_RECIPIENTS * RECIPIENT_BYTES + 1024 * 32 + TAG_BYTES

/** Bytes of a subject in UTF-8. */
export const MAX_SUBJECT_BYTES = 255

/** Attachments of a letter: links to streams that are read beside it. */
export const MAX_ATTACHMENTS = 16

/** Bytes of an attachment's link: a log, a secret, and a name of a file. */
export const MAX_ATTACHMENT_LINK_BYTES = 400

/** Tickets in one letter: a grant. They are 4,864 bytes. */
export const MAX_TICKETS = 32

/** Bytes of a service message after its length: the largest envelope with what stands around it. A longer one ends the conversation. */
export const MAX_MESSAGE_BYTES = 65_536

/** Envelopes in one list, acknowledgement or revocation. What is more comes in the next one. */
export const MAX_LISTED = 1_024

/** How long a custodian keeps an envelope that nobody comes for, in milliseconds. */
export const ENVELOPE_LIFE_MS = 30 * 86_400_000

/** How long past its end something is kept: clocks may be a day off. */
export const CLOCK_MS = 86_400_000

/** How long a ticket may count, in milliseconds: a spent one has to be remembered until its end. */
export const TICKET_LIFE_MS = 90 * 86_400_000

/** How far ahead a registration may last, in milliseconds: longer than the life of what waits in it. */
export const REGISTRATION_LIFE_MS = 60 * 86_400_000

/** Leading zero bits of a puzzle for one KiB in an empty inbox: about 0.1 s of one core for who sends, one hash for who checks. */
export const PUZZLE_BITS = 16

/** Bits more for each doubling of what strangers have in an inbox, from this share of theirs on: full, it is 2^6 times as hard. */
export const PUZZLE_GROWTH_FROM = 1 / 64

/** Bits of the hardest puzzle that is asked for: beyond, nobody would ever find a nonce. */
export const MAX_PUZZLE_BITS = 40

/** What strangers may take of an inbox; above it the one with the easiest puzzle goes for one that is harder. */
export const STRANGERS_SHARE = 1 / 4

/** Envelopes of strangers that an owner takes in a day, the hardest first; the others wait, and end where they are. */
export const STRANGERS_A_DAY = 100

/** Bytes that an entry counts besides its envelope's: what is written down of it. */
export const ENTRY_BYTES = 256

/** Inboxes at one custodian. A further one is refused. */
export const MAX_BOXES = 1_024

/**
 * Envelopes, collected ones that are remembered included, in one inbox and at one custodian. First the oldest memories go: of
 * the inbox that is full, or of the one in which most is written down. A further envelope is refused with Full.
 */
export const MAX_BOX_ENTRIES = 4_096
export const MAX_ENTRIES = 65_536

/**
 * Bytes of what is written down of the envelopes and revocations of one inbox and at one custodian, counted as if each
 * envelope had all the receipts that it may: values of a store, of which there is not room for any number. What goes first
 * is as above. One inbox has a sixteenth at most, so that who owns one cannot keep others from receiving anything.
 */
export const MAX_BOX_RECORD_BYTES = 2_621_440
export const MAX_RECORD_BYTES = 41_943_040

/** Tickets of one inbox that were revoked and not spent. A further revocation is refused. */
export const MAX_REVOKED = 4_096

/** Entries that are written together: each change writes its shelf anew, and each shelf is one value of the store. */
export const SHELF_ENTRIES = 64

/** Receipts of other custodians that are kept with an envelope. A further one is not kept. */
export const MAX_WITNESSES = 3

/** How long an inbox key is used, in milliseconds, and how many weeks of keys a card lists from now on: an owner who is
 * off for as long as envelopes live can be written to all the time. */
export const KEY_LIFE_MS = 7 * 86_400_000
export const KEYS_AHEAD = 5
