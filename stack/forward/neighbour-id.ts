// Which neighbour, or this node itself.

/** A neighbour's number, chosen by node/, above 0 and not used again. */
export type NeighbourId = number

/** Stands for this node where a neighbour's number is expected. */
export const LOCAL = 0
