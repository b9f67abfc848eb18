// The page in a real browser, without a network: it is not blank, every chart is drawn, nothing is wider than a phone, and in
// the dark it is dark. Where no Chromium is installed this is left out, but in CI it fails.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeReport } from './index.js'
import { decodePng, type Picture } from './testing/png.js'
import { sampleResults, sampleSimulation } from './testing/sample.js'

const places = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = places.find((path) => path !== '' && existsSync(path))
const isMissing = executablePath === undefined && process.env.CI !== 'true'
if (isMissing) console.log('skipped: there is no Chromium; `apt-get install chromium` installs one')

const test = suite('bench/screenshot')
const it = isMissing ? test.skip : test

const directory = mkdtempSync(join(tmpdir(), 'bench-screenshot-test-'))
/** Whole pages are left there, for whoever wants to look at them. */
const pictures = process.env.RUNNEL_PICTURES
const file = join(directory, 'index.html')
let browser: Browser | undefined

test.before(async () => {
  if (isMissing) return
  writeReport({ results: sampleResults(), simulation: sampleSimulation(), path: 'bench/results/x.json', file })
  const args = ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args })
})

test.after(async () => {
  await browser?.close()
  rmSync(directory, { recursive: true, force: true })
})

/** Every canvas has something on it. */
const allDrawn = `(() => {
  const charts = [...document.querySelectorAll('[data-chart] canvas')]
  return charts.length > 0 && charts.every((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let painted = 0
    for (let at = 3; at < data.length; at += 4) if (data[at] > 0) painted++
    return painted > 500
  })
})()`

interface Seen {
  readonly picture: Picture
  readonly scrollWidth: number
  readonly charts: number
  readonly requests: readonly string[]
  readonly errors: readonly string[]
}

const looks = new Map<string, Promise<Seen>>()

/** Each is looked at once. */
function seen(width: number, scheme: 'light' | 'dark'): Promise<Seen> {
  const key = `${width} ${scheme}`
  const look = looks.get(key) ?? lookAt(width, scheme)
  looks.set(key, look)
  return look
}

async function lookAt(width: number, scheme: 'light' | 'dark'): Promise<Seen> {
  assert.ok(browser !== undefined, 'there is no Chromium')
  const page = (await browser?.newPage({ viewport: { width, height: 1_600 }, colorScheme: scheme })) as Page
  const [requests, errors]: [string[], string[]] = [[], []]
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => errors.push(error.message))
  try {
    await page.goto(pathToFileURL(file).href)
    await page.waitForFunction(allDrawn)
    const shot = await page.screenshot()
    if (pictures !== undefined) {
      await page.screenshot({ path: join(pictures, `${scheme}-${width}.png`), fullPage: true })
    }
    const scrollWidth = (await page.evaluate('document.documentElement.scrollWidth')) as number
    const charts = (await page.evaluate("document.querySelectorAll('[data-chart]').length")) as number
    return { picture: decodePng(shot), scrollWidth, charts, requests, errors }
  } finally {
    await page.close()
  }
}

/** The colour that most of the page has, and how many different ones it has at all. */
function coloursOf({ width, height, at }: Picture): { most: string; count: number } {
  const counts = new Map<string, number>()
  for (let y = 0; y < height; y += 3) {
    for (let x = 0; x < width; x += 3) {
      const colour = at(x, y).join()
      counts.set(colour, (counts.get(colour) ?? 0) + 1)
    }
  }
  const [most = ''] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? []
  return { most, count: counts.size }
}

function lightness(colour: string): number {
  return colour.split(',').reduce((sum, part) => sum + Number(part), 0) / 3
}

it('draws every chart on a wide screen, asks nobody for anything, and is not blank', async () => {
  const { picture, charts, requests, errors } = await seen(1280, 'light')
  assert.equal(errors, [])
  assert.equal(
    requests.filter((url) => !url.startsWith('file:')),
    [],
  )
  assert.ok(charts > 10)
  const { most, count } = coloursOf(picture)
  assert.ok(count > 50, `${count} colours`)
  assert.ok(lightness(most) > 230, most)
})

for (const scheme of ['light', 'dark'] as const) {
  it(`fits on a phone of 390 pixels, ${scheme}`, async () => {
    const { picture, scrollWidth, errors } = await seen(390, scheme)
    assert.equal(errors, [])
    assert.is(scrollWidth, 390)
    assert.is(picture.width, 390)
    assert.ok(coloursOf(picture).count > 50)
  })
}

it('is dark in the dark, and its charts are drawn in other colours', async () => {
  const [light, dark] = [await seen(1280, 'light'), await seen(1280, 'dark')]
  assert.ok(lightness(coloursOf(dark.picture).most) < 50)
  assert.is(light.charts, dark.charts)
  let same = 0
  let looked = 0
  for (let y = 0; y < Math.min(light.picture.height, dark.picture.height); y += 5) {
    for (let x = 0; x < 1280; x += 5) {
      looked++
      if (light.picture.at(x, y).join() === dark.picture.at(x, y).join()) same++
    }
  }
  assert.ok(same < 0.02 * looked, `${same} of ${looked} are the same`)
})

test.run()
