// How many routes a node remembers is its operator's to say: a root of many has more than others, and one with too few forgets.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Place } from '../simulator/figures/place.js'

const test = suite('node/routes')

/** Routes that a root has when so many nodes below it have announced themselves. */
async function routesOf(nodes: number, routes: number | undefined): Promise<number | undefined> {
  const below = Array.from({ length: nodes }, (_, index) => ({ name: `n${index}`, upstreams: ['root'] }))
  const place = await Place.open('routes', [{ name: 'root', routes }, ...below])
  try {
    return place.at('root').node?.hub.machine.status().routes
  } finally {
    await place.close()
  }
}

test('a root has the routes of all below it, and no more than it was given room for', async () => {
  assert.is(await routesOf(6, undefined), 12)
  assert.is(await routesOf(6, 12), 12)
  assert.is(await routesOf(6, 5), 5)
})

test.run()
