// Makes a test of a measure: all of its figures hold.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Measure, sizeFrom } from './figure.js'

export function holdFigures(name: string, sentence: string, measure: Measure): void {
  const test = suite(`figures/${name}`)
  test(sentence, async () => {
    const figures = await measure(sizeFrom(process.env))
    assert.ok(figures.length > 0)
    assert.equal(
      figures.filter(({ holds }) => !holds).map(({ goal, measured }) => `${goal}: ${measured}`),
      [],
    )
  })
  test.run()
}
