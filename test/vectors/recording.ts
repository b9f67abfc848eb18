// What native/tunnel replays: see stack/packet/testing/recording.

import { recording } from '../../stack/packet/testing/recording.js'
import { openTestCrypto } from '../provider.js'

/** The text of native/tunnel/src/tests/recorded.txt. */
export async function recordingText(): Promise<string> {
  return recording(await openTestCrypto())
}
