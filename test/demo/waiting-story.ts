// The second story: data arrives without both ends being up. A log that is followed while the router dies, a stream that is
// kept for a publisher who is gone, a letter to an owner who is off, and a conversation between two that listen nowhere.

import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Program } from '../lab/program.js'
import { until } from '../lab/until.js'
import { type Stage, served } from './stage.js'

export async function waitingStory(stage: Stage): Promise<void> {
  await followThroughRestart(stage)
  await custodyAfterTheEnd(stage)
  await letterToOneWhoIsOff(stage)
  await conversation(stage)
}

async function followThroughRestart(stage: Stage): Promise<void> {
  const { village, claims } = stage
  console.log('b follows the log of a; the router is killed with -9 in the middle, and started again')
  const { name } = await village.client('a').id()
  const tail = new Program(village, 'b', ['tail', `posts.${name}`, '--from', '0'])
  const shown = async (count: number): Promise<void> => {
    await until(`b shows ${count} lines`, () => tail.lines().length >= count, 60_000)
  }
  await shown(2)
  await stage.run('a', ['append', 'posts'], 'third\n')
  await shown(3)
  await village.crash('router')
  await stage.run('a', ['append', 'posts'], 'while the router is down\n')
  await village.again('router')
  await stage.run('a', ['append', 'posts'], 'last\n')
  await shown(5)
  const code = await tail.interrupt()
  const all = ['first', 'second', 'third', 'while the router is down', 'last']
  claims.check('b was shown every line once, in order', tail.lines().join('|') === all.join('|') && code === 0)
}

async function custodyAfterTheEnd(stage: Stage): Promise<void> {
  const { village, claims } = stage
  console.log("a publishes an album to be kept for 30 days, and is gone for good; the router's cache is emptied")
  const album = village.path('album')
  mkdirSync(album)
  for (const picture of ['one', 'two', 'three']) writeFileSync(join(album, `${picture}.jpg`), randomBytes(3e6))
  const published = await village.json<{ link: string; custody: { state: string }[] }>('a', [
    ...['publish', album, '--label', 'album', '--keep', '30d'],
  ])
  const promised = published.custody.some(({ state }) => state === 'kept')
  claims.check('the router has signed that it keeps the album', promised)
  console.log(
    `  ${(await stage.run('a', ['streams']))
      .split('\n')
      .find((line) => line.includes('kept by'))
      ?.trim()}`,
  )
  await village.kill('a')
  await village.stop('router')
  rmSync(join(village.home('router'), 'cache'), { recursive: true, force: true })
  await village.again('router')
  const got = await stage.get('d', published.link, 'd reads the album, a is gone, no cache', 'album-d')
  claims.check('d has the album as a published it', stage.same(album, village.path('album-d')))
  claims.check('all of it came from what the router keeps', served(got, 1) > 0.99 * got.bytes)
}

async function letterToOneWhoIsOff(stage: Stage): Promise<void> {
  const { village, claims } = stage
  console.log('c is off; b writes to c and goes off too; c comes back')
  const [{ name: b }, { name: c }] = [await village.client('b').id(), await village.client('c').id()]
  await village.stop('c')
  console.log(`  ${(await stage.run('b', ['send', c, 'see you on Sunday'])).split('\n')[0]}`)
  await village.stop('b')
  await village.again('c')
  const letters = async (): Promise<{ sender: string; text: string }[]> =>
    (await stage.run('c', ['inbox', '--json']))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  const first = await until('c has a letter', async () => {
    const found = await letters()
    return found.length > 0 && found
  })
  const [letter] = first
  claims.check('c has the letter of b', first.length === 1 && letter?.text === 'see you on Sunday')
  claims.check('and it is proven to be of b', letter?.sender === b)
  claims.check('it is there once', (await letters()).length === 0)
  await village.again('b')
}

async function conversation(stage: Stage): Promise<void> {
  const { village, claims } = stage
  console.log('c and d talk; neither listens on the network, each has only dialled the router')
  const { name } = await village.client('d').id()
  const listening = new Program(village, 'd', ['listen', 'chat'])
  const dialling = await until('d answers', async () => {
    const program = new Program(village, 'c', ['dial', name, 'chat'])
    program.say('hello from c\n')
    const heard = (): boolean => listening.lines().includes('hello from c')
    const over = await Promise.race([program.ended().then(() => true), until('d hears c', heard).then(() => false)])
    return over ? undefined : program
  })
  listening.say('hello from d\n')
  await until('c hears d', () => dialling.lines().includes('hello from d'))
  dialling.sayNoMore()
  listening.sayNoMore()
  const codes = await Promise.all([dialling.ended(), listening.ended()])
  claims.check(
    'each heard the other, and both ended in order',
    codes.every((code) => code === 0),
  )
}
