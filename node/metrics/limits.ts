// The bounds of metrics, each with its reason and what goes first.

/** Neighbours that are counted by name in the life of a node; later ones count as `other`, so that nobody makes series without end. */
export const maxNeighbours = 256

/** Characters of a device key that stand for a neighbour without a petname. */
export const keyCharacters = 8

/** Petnames that are held against the keys of neighbours at each reading; those beyond are not shown as labels. */
export const maxPetnames = 1024

/** Bytes of the head of a request. One that is longer is refused: ours is `GET /metrics` and a few lines. */
export const maxRequestBytes = 8192

/** Connections at once on the socket; the next one is closed. A scraper needs one. */
export const maxScrapers = 16

/** How long (milliseconds) a scraper may take for its request and for reading the answer; then it is cut. */
export const scrapeMs = 10_000

/** Milliseconds between two looks at how late a timer is: often enough for a histogram, too seldom to be seen in `top`. */
export const loopSampleMs = 100
