// `probe`: all that a read of a link needs, stage by stage, each with what was measured; it stops behind the first that is
// broken. Nothing but the neighbours of this node is needed for it.

import type { ProbeStage } from '../../api/protocol/index.js'
import { type RunnelError, toRunnelError } from '../../errors/index.js'
import { DEFAULT_LABEL, encodeText, type Link, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import { openTarget, ReadSession, readLink } from '../reader/index.js'
import { measure } from './probe-content.js'
import { demandHeads, doubtOf, headOf, type ProbeContext } from './probe-head.js'
import { demandLink, demandRoute, linksOf, routeOf } from './probe-reach.js'

/** A probe is to say soon what is wrong: shorter than a read that hopes for a router to come back. */
const defaultIdleTimeoutMs = 10_000

type Stage = ProbeStage['stage']
type Facts = Omit<ProbeStage, 'stage' | 'level' | 'tookMs' | 'error'>

/** What a stage gives while it goes: facts as soon as they are there, so that they are told also when it fails then. */
type Tell = (facts: Facts, doubt?: RunnelError) => void

export function probingMethod(context: ProbeContext): Pick<Handlers, 'probe'> {
  const { observing, reading } = context
  const { crypto, time } = observing
  return {
    probe: async ({ link: text, idleTimeoutMs = defaultIdleTimeoutMs }, { item, signal }) => {
      let ok = true
      /** Runs one stage and tells of it; false when it is broken. The caller's own end is no finding. */
      const run = async (stage: Stage, go: (tell: Tell) => Promise<void>): Promise<boolean> => {
        const startedUs = time.now().nowUs
        let facts: Facts = {}
        let error: RunnelError | undefined
        let level: ProbeStage['level'] = 'ok'
        try {
          await go((found, doubt) => {
            facts = found
            error = doubt
            if (doubt !== undefined) level = 'warn'
          })
        } catch (thrown) {
          if (signal.aborted) throw thrown
          error = toRunnelError(thrown)
          level = 'fail'
        }
        if (level !== 'ok') ok = false
        const tookMs = Math.round((time.now().nowUs - startedUs) / 10) / 100
        await item({ stage, level, tookMs, ...facts, ...(error === undefined ? {} : { error: error.toJSON() }) })
        return level !== 'fail'
      }
      const done = () => ({ link: text, ok })

      let link: Link | undefined
      let own = false
      const named = await run('name', async (tell) => {
        link = readLink(reading, text, reading.petnames)
        own = isOwn(context, link)
        tell({ name: { ...describe(crypto, link), own } })
      })
      if (!named || link === undefined) return done()
      const parsed: Link = link
      let route = routeOf(observing, parsed, own)
      const routed = await run('route', async (tell) => {
        route = routeOf(observing, parsed, own)
        tell({ route })
        demandRoute(route)
      })
      if (!routed) return done()
      const linked = await run('link', async (tell) => {
        const facts = await linksOf(observing, route, signal)
        tell({ link: facts })
        demandLink(route, facts)
      })
      if (!linked) return done()
      const session = new ReadSession(reading, { maxAgeS: 0, idleTimeoutMs }, signal)
      try {
        let target: Awaited<ReturnType<typeof openTarget>> | undefined
        const headed = await run('head', async (tell) => {
          target = await openTarget(session, parsed)
          const head = headOf(context, session, target)
          tell({ head })
          await demandHeads(context, target, idleTimeoutMs, signal)
          tell({ head }, doubtOf(head))
        })
        if (!headed || target === undefined) return done()
        const measured = measure(session, target)
        const served = await run('chunk', async (tell) => {
          const chunk = await measured.chunk
          if (chunk !== undefined) tell({ chunk })
        })
        if (!served) return done()
        await run('goodput', async (tell) => {
          const goodput = await measured.goodput
          if (goodput !== undefined) tell({ goodput })
        })
        return { link: target.link, ok }
      } finally {
        session.close()
      }
    },
  }
}

/** Whether this node writes it. */
function isOwn({ observing: { content, streams } }: ProbeContext, { target, key, label }: Link): boolean {
  if (target === 'log') return content.isOwn('head', key)
  return content.isOwn('name', key) && streams.find(label ?? DEFAULT_LABEL) !== undefined
}

function describe(crypto: ProbeContext['observing']['crypto'], link: Link) {
  const { target, key, secret } = link
  const label = target === 'name' ? { label: link.label ?? DEFAULT_LABEL } : {}
  const visibility = secret === undefined ? ('public' as const) : ('unlisted' as const)
  return { target, key: encodeText(crypto, TextKind[target], key), ...label, visibility }
}
