// `runnel probe`: all that a read of a link needs, a line a stage, up to the first that is broken.

import { type ProbeStage, RunnelError } from '../../api/index.js'
import { argument, type Invocation } from '../command.js'
import { hintLines } from '../failure.js'
import { readOptions, withNode } from '../open.js'
import { placeText } from '../sources.js'
import { bytesText, clean, counted, millisecondsText, secondsText } from '../text.js'

/** Behind a stage comes the next one, unless it failed. */
const nextStage = { name: 'route', route: 'link', link: 'head', head: 'chunk', chunk: 'goodput', goodput: '' } as const

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const link = argument(invocation, 0)
  const { idleTimeoutMs } = await readOptions(invocation)
  const stages: ProbeStage[] = []
  await withNode(invocation, async (node) => {
    const params = { link, ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }) }
    const call = node.caller.items('probe', params, { signal })
    output.draft('      name')
    for await (const stage of call) {
      stages.push(stage)
      if (!output.json) for (const line of linesOf(stage)) output.line(line)
      const next = stage.level === 'fail' ? '' : nextStage[stage.stage]
      if (next !== '') output.draft(`      ${next}`)
    }
    const result = await call.result
    if (output.json) output.record({ ...result, stages })
  })
  const found = stages.find(({ error }) => error !== undefined)?.error
  if (found !== undefined) process.exitCode = RunnelError.fromJSON(found).exitCode
}

function linesOf(stage: ProbeStage): string[] {
  const { level, error } = stage
  const found = factsOf(stage)
  const problem = error === undefined ? [] : [`${error.code}: ${error.message}`]
  const text = [...(found === '' ? [] : [found]), ...problem].join('; ')
  const lines = [`${level.padEnd(4)}  ${stage.stage.padEnd(7)}  ${clean(text)}`]
  if (error !== undefined)
    lines.push(
      ...hintLines(RunnelError.fromJSON(error))
        .trimEnd()
        .split('\n')
        .map((line) => `      ${line}`),
    )
  return lines
}

function factsOf(stage: ProbeStage): string {
  const { name, route, link, head, chunk, goodput, tookMs } = stage
  switch (stage.stage) {
    case 'name':
      return name === undefined ? '' : nameText(name)
    case 'route':
      return route === undefined || stage.level === 'fail' ? '' : routeText(route)
    case 'link':
      return link === undefined || stage.level === 'fail' ? '' : linkText(link)
    case 'head':
      return head === undefined ? '' : headText(head, tookMs)
    case 'chunk':
      if (chunk !== undefined) return chunkText(chunk, tookMs)
      return stage.level === 'fail' ? '' : 'nothing to ask for: what there is came with the head'
    case 'goodput':
      if (goodput !== undefined) return goodputText(goodput)
      return stage.level === 'fail' ? '' : 'nothing to measure'
  }
}

function nameText({ target, key, label, visibility, own }: NonNullable<ProbeStage['name']>): string {
  const what = target === 'log' ? `the log ${key}` : `${label} of ${key}`
  return `${what}, ${visibility}${own ? ', written by this node' : ''}`
}

function routeText({ own, announced, upstreams }: NonNullable<ProbeStage['route']>): string {
  if (own) return 'this node itself'
  const up = upstreams === 0 ? '' : `up, to ${counted(upstreams, 'upstream')}`
  if (announced.length === 0) return `${up}: no neighbour has announced it`
  const routes = announced.map(({ neighbour, cost }) => `${neighbour.slice(0, 8)} (cost ${cost})`).join(', ')
  return `announced by ${routes}${up === '' ? '' : `; then ${up}`}`
}

function linkText({ neighbours }: NonNullable<ProbeStage['link']>): string {
  if (neighbours.length === 0) return 'no neighbour, and none is needed'
  return neighbours
    .map(({ address, state, rttMs, lastError }) => {
      if (state === 'up')
        return `${address} is up${rttMs === undefined ? '' : `, ${millisecondsText(rttMs)} there and back`}`
      return `${address} is ${state}${lastError === undefined ? '' : ` (${lastError.text})`}`
    })
    .join('; ')
}

function headText({ certificate, logs }: NonNullable<ProbeStage['head']>, tookMs: number): string {
  const from = logs.map((log) => {
    const whose = log.device === undefined ? '' : ` of device ${log.device.slice(0, 8)}`
    const closed = log.closed
      ? ', closed by its owner'
      : `, ${secondsText(log.ageS)} old${log.stale ? ' (stale)' : ''}, from ${placeText(log)}`
    return `log ${log.log.slice(0, 8)}${whose}: ${counted(log.length, 'entry', 'entries')}${closed}`
  })
  const listed = certificate === undefined ? '' : `; name from ${placeText(certificate)}`
  return `${from.join('; ')}${listed}; after ${millisecondsText(tookMs)}`
}

function goodputText({ bytes, bytesPerS, whole, sources }: NonNullable<ProbeStage['goodput']>): string {
  const remote = sources.filter(({ hop }) => hop > 0)
  const shown = remote.length > 0 ? remote : sources
  const places = shown.map((source) => `${placeText(source)} ${bytesText(source.bytes)}`).join(', ')
  const amount = whole ? ', all there is' : ''
  const local = remote.length > 0 ? '' : '; nothing crossed a link'
  return `${bytesText(bytesPerS)}/s: ${bytesText(bytes)}${amount}; ${places}${local}`
}

/** What is here already proves nothing about others, and is as fast as the disk. */
function chunkText({ bytes, ...source }: NonNullable<ProbeStage['chunk']>, tookMs: number): string {
  const served = `${bytesText(bytes)} from ${placeText(source)}, verified`
  if (source.hop > 0) return `${served}, after ${millisecondsText(tookMs)}`
  return source.cached ? `${served}; all of it is here, so nobody was asked for it` : served
}
