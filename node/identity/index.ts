// Who the node is: seeds on disk, the name, and the certificate of its device.

export { type Identity, type OpenedIdentity, openIdentity } from './identity.js'
