// The exit codes of the `runnel` command: one small class a number, so that a script can branch on the cause without
// reading text. 0, 2 and 130 mean what they mean for every Unix command; none may ever change its meaning.

export const exitMeanings = {
  0: 'done',
  1: 'an unexpected failure: a defect, please report it',
  2: 'the command line, a name, a link or the configuration is wrong',
  3: 'what was asked for does not exist, or nobody who was asked holds it',
  4: 'the network or the other side did not answer in time',
  5: 'refused because it could not be trusted, or because a secret or a key is missing',
  6: 'no node runs on this home, or another one already does',
  7: "this machine's disk, files or permissions are in the way",
  8: 'a limit was reached',
  130: 'interrupted',
} as const

export type ExitCode = keyof typeof exitMeanings
