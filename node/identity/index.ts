// Who the node is: seeds on disk, the name, the certificate of its device, and what other copies of the home make of it.

export { type Identity, type OpenedIdentity, openIdentity } from './identity.js'
export { everyMs, Inquiry } from './inquiry.js'
export { KeyFiles } from './keys.js'
export { OwnName } from './own-name.js'
