// `npm run sanitize [-- TEST…]`: runs the tests of native/tunnel, or those whose name contains one of the arguments, under an
// address sanitizer: a million datagrams of strangers and a hundred thousand packets of the kernel's side, or as many as
// RUNNEL_FUZZ_DATAGRAMS and RUNNEL_FUZZ_PACKETS say.

import { join } from 'node:path'
import { cargo, targetDirectory } from './native.mjs'

// The compiler has the sanitizer, but calls it unstable; this says that we know.
process.env.RUSTC_BOOTSTRAP = '1'
process.env.RUSTFLAGS = '-Zsanitizer=address'
process.env.RUNNEL_FUZZ_DATAGRAMS ??= '1000000'
process.env.RUNNEL_FUZZ_PACKETS ??= '100000'
// Apart from the usual build. Only with a target named, what runs while building is left as it is.
const where = ['--target', 'x86_64-unknown-linux-gnu', '--target-dir', join(targetDirectory(), 'sanitize')]
const args = ['test', '--locked', '--package', 'runnel-tunnel', '--lib', ...where, '--', ...process.argv.slice(2)]
const problem = cargo(args, { show: true })
if (problem !== undefined) console.log(problem)
process.exitCode = problem === undefined ? 0 : 1
