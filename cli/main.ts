// The runnel command: reads the command line, runs one command, and ends with the exit code of errors/exit.ts.

import { run } from './program.js'

process.exitCode = await run(process.argv.slice(2))
