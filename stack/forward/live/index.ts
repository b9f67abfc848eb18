// Logs that are followed (docs/protocol.md §10.10): a question that stays, one copy upstream however many ask it, and for each
// follower a mark that it is due, never a queue.

export { handleLiveData, handleLiveNack } from './answering.js'
export { handleLivePause, handlePoor, reconsiderAll, reconsiderLive } from './asking.js'
export { handleLiveRenewal } from './asks.js'
export {
  endFollower,
  followLocally,
  handleFollowerTime,
  handleLiveDown,
  handleLiveInterest,
  handleLogChanged,
} from './entering.js'
export {
  type Follows,
  type LiveAsk,
  type LiveEntry,
  type LiveRenewTimer,
  type LiveRow,
  LiveTable,
  newFollows,
} from './state.js'
