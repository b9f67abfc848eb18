// Holds what labels.ts measures.

import { holdFigures } from './hold.js'
import { measureLabels } from './labels.js'

holdFigures('labels', 'datagrams find their way beside a conversation, whatever is killed or claimed', measureLabels)
