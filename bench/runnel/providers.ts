// Which cryptography there is: what `RUNNEL_CRYPTO` asks for, and what a node then says that it uses.

import type { Surroundings } from '../frame/surroundings.js'
import { Village } from './village.js'

/** Of the wanted values those that a node took at their word, each with its own words for it. */
export async function availableProviders(
  surroundings: Omit<Surroundings, 'providers'>,
  wanted: readonly string[],
): Promise<Record<string, string>> {
  const available: Record<string, string> = {}
  for (const provider of wanted) {
    const village = new Village({ ...surroundings, providers: wanted }, provider, 'provider')
    try {
      const { provider: used } = await village.up('node', ['--root'])
      if (used.startsWith(provider)) available[provider] = used
      else console.log(`without ${provider} cryptography: the node uses ${used}`)
    } catch (error) {
      // Asked for what is not there, a node does not start; without any other there is nothing to measure.
      if (provider === 'portable') throw error
      console.log(`without ${provider} cryptography: the node does not start with it`)
    } finally {
      await village.close()
    }
  }
  return available
}
