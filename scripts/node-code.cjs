// Run by scripts/bundle.mjs with the options that the launcher gives to Node: starts a node in a home of its own, and leaves
// what V8 has compiled by the time that it answers, so that it need not be compiled at each start.
//
//     node OPTIONS node-code.cjs CODE CACHE HOME

const { createHash } = require('node:crypto')
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { createRequire } = require('node:module')
const { Script, constants } = require('node:vm')

const [code, cache, home] = process.argv.slice(2)
/** Behind its socket a node still does things for the first time. */
const settleMs = 300
const limitMs = 20_000

// As the bundle does, or V8 does not know it again.
const source = readFileSync(code, 'latin1')
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
const script = new Script(source, { filename: code, importModuleDynamically })
const options = ['--root', '--listen', '127.0.0.1:0', '--http', 'off', '--tun', 'off', '--log-level', 'silent']
process.argv = [process.execPath, code, 'up', '--home', home, ...options]
script.runInThisContext()(createRequire(code), code, dirname(code))

const poll = setInterval(() => {
  if (!existsSync(join(home, 'runnel.sock'))) return
  clearInterval(poll)
  setTimeout(() => {
    const compiled = script.createCachedData()
    const digest = createHash('sha256').update(readFileSync(code)).update(compiled).digest()
    writeFileSync(cache, Buffer.concat([digest, compiled]))
    process.exit(0)
  }, settleMs)
}, 20)
setTimeout(() => process.exit(1), limitMs)
