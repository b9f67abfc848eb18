// Every bound of this folder, with the reason for the number and what happens when it is reached.

/** Rules at once; one more is refused. All are looked at for each flow that is new, and whoever reads them is a person. */
export const maxRules = 256

/** Names in all groups together; one more is refused. */
export const maxMembers = 4_096

/** Characters of the name of a group. */
export const maxGroupCharacters = 32
