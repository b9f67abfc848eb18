// Custody: a signed promise to keep a state of a log until a date, and how both sides hold to it.
// Guarantees: every message is read totally; a custodian's promises never exceed its quotas; a client that is told the
// truth about what happened always knows what to do next, and asks nobody more often than its limits say.

export { auditProof, noProof, pickChallenge } from './audit.js'
export { type Action, type AuditResult, type Copy, type Duty, Keeper, unreachable } from './keeper.js'
export { CustodyLedger, type CustodyRecord, type Granted } from './ledger.js'
export * from './limits.js'
export { type Client, type CustodyPolicy, clientKey, type Refused, refused } from './policy.js'
export {
  decodeReceipt,
  encodeReceipt,
  type Receipt,
  receiptBytes,
  signReceipt,
  type UnsignedReceipt,
  verifyReceipt,
} from './receipt.js'
export {
  type CustodyMessage,
  decodeCustody,
  encodeCustody,
  type Listed,
  type Refusal,
  RefusalCode,
  refusalReasons,
} from './wire.js'
