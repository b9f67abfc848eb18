// Bad links: a ladder of profiles, a cable made such a link, and what it then really does.

export { type Impairment, impair } from './impair.js'
export { type LinkFacts, measureLink } from './measure.js'
export { type LinkProfile, linkProfiles, profileOf } from './profiles.js'
