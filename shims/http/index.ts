// What is published, by plain HTTP: http://NAME.key.localhost:7280/ in any browser. A client of the node like any other, so
// every byte that it shows was verified before. A host is one origin, and no page of one reads another's.

export { type GatewayOptions, type HttpGateway, openHttpGateway } from './gateway.js'
