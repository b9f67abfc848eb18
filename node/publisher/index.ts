// The writing half of a node: its streams, its card, and what is published or appended. Nothing resolves before it is on
// disk, and what others see is whole at every moment.

export { appendEntries } from './append.js'
export { countMissing } from './missing.js'
export { OwnCard } from './own-card.js'
export { lostHint, type OwnStream, OwnStreams } from './own-streams.js'
export { type PublishContext, publishPath } from './publish.js'
