// The bounds of an owner's and a sender's half of inboxes at a node, each with its unit, its reason, and what goes first.

import { ENVELOPE_LIFE_MS } from '../../stack/inbox/index.js'

/** Custodians of one inbox: as many as a card record lists. Further upstreams are not asked. */
export const maxKeepers = 4

/** Bytes that an owner asks a custodian to keep. An operator may give less. */
export const inboxQuotaBytes = 16_777_216

/**
 * Letters that wait to be acknowledged by a program, and their bytes: they are in memory. Further ones stay at the custodians
 * until there is room for `fetchesAtOnce` again.
 */
export const maxWaitingLetters = 1_024
export const maxWaitingBytes = 8_388_608

/** Envelopes that an owner asks one custodian for at once: those that come together are stored by one flush, and opening them
 * holds up others for some milliseconds. */
export const fetchesAtOnce = 32

/** How long others are asked to keep an attachment, in milliseconds: as long as the letter may wait, and a week to read it. */
export const attachmentMs: number = ENVELOPE_LIFE_MS + 7 * 86_400_000

/** How long a letter waits for that to be promised, in milliseconds, before it goes without. */
export const attachmentWaitMs = 20_000

/** Letters that are remembered, so that none is shown twice. Then the one that would be forgotten first goes. */
export const maxRememberedLetters = 16_384

/** How long a letter is remembered, in milliseconds: the keys that it may be sealed to are made up to six weeks ahead, and
 * deleted 32 days after their week. */
export const rememberMs = 90 * 86_400_000

/** Contacts that were allowed or blocked. A further one is refused with TOO_MANY. */
export const maxContacts = 4_096

/** Tickets of one contact that were not spent: three grants. Of more, the oldest grant's are forgotten. */
export const maxGivenTickets = 96

/** Tickets that are held to write to one name: two grants; then the oldest go. And names: then one that is no contact's goes. */
export const maxHeldTickets = 64
export const maxHeldNames = 1_024

/** How long a custodian may take for one answer, in milliseconds: it flushes before it gives a receipt. */
export const answerMs = 20_000

/** How long sending may take in all unless the caller says, in milliseconds: a puzzle may take a minute. */
export const sendMs = 90_000

/** How long the other custodians are waited for, in milliseconds, when two have signed. */
export const othersMs = 2_000

/** Tries at one custodian: tickets that were spent elsewhere, and puzzles that became harder. */
export const maxTries = 6

/** Of these, with a ticket: whose tickets were revoked pays as a stranger does, and does not use up all of them first. */
export const maxTicketTries = 2

/** Hashes after which others get their turn: some milliseconds. */
export const triesATurn = 2_000

/** How long an owner waits for something to come before it asks again, in milliseconds. */
export const listEveryMs = 600_000

/** Rests after a conversation that failed, in milliseconds: the first, and the longest; each is twice the one before. */
export const firstRestMs = 500
export const longestRestMs = 60_000

/** How often a registration is renewed, and what is over is let go of, in milliseconds. */
export const renewMs = 86_400_000
export const sweepMs = 3_600_000

/** Answers that a custodian holds back until a flush. Then it reads no more until it is done. */
export const maxHeldAnswers = 512

/** How long a receipt is kept after its promise is over, in milliseconds, and how many; then the oldest go. */
export const receiptMs = 86_400_000
export const maxReceipts = 4_096

/** The smallest inbox that is worth keeping, in bytes: some hundred letters. */
export const minInboxBytes = 262_144

/** How old what is known of a recipient may be, in seconds: keys change by the week. */
export const sendNameAgeS = 60

/** What one inbox may have at most of what an operator gives for all. */
export const inboxShare = 1 / 16

/** How long a conversation that was ended may take to end, in milliseconds. */
export const closeMs = 5_000

/** Rest after a custodian has said that it keeps no inbox, in milliseconds: its operator seldom changes that, and then it links anew. */
export const refusedRestMs = 600_000

/**
 * Questions about the card of a device that registered, until it lists us: a device lists its custodians when they have
 * answered. The rest between the first two, in milliseconds; each is twice the one before.
 */
export const maxCardAsks = 6
export const firstCardRestMs = 250
