// `await using` compiles to a look-up of Symbol.asyncDispose, which early releases of Node 20 do not have under its own
// name. Defining what is missing changes nothing where it exists.

for (const name of ['dispose', 'asyncDispose'] as const) {
  if (Symbol[name] === undefined) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) })
}
