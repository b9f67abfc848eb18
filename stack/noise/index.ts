// Noise_IK_25519_AESGCM_SHA256 between device keys, for links and for sessions alike. What a side reads was written by
// whoever holds the other's key, for this handshake, and for nobody else.

export { type DeviceKeys, withDeviceKeys } from './device-keys.js'
export {
  ephemeralOf,
  type HandshakeKeys,
  Initiator,
  MIN_MESSAGE_1_BYTES,
  MIN_MESSAGE_2_BYTES,
  type RecordKeys,
  Responder,
} from './handshake.js'
export { REMEMBERED_EPHEMERALS } from './limits.js'
export { RecentKeys, type ReplayGuard } from './recent-keys.js'
