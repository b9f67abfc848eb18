// Holds a tree of sources to the import rules: allowed folders, packages and built-ins, entry through index.ts, no
// cycle among folders and none among files at run time. Returns every violation as one line that says where and why.

import { posix } from 'node:path'
import { type Reference, referencesOf } from './references.js'
import { type FolderRule, folderRules, freeFolders, testPackages } from './rules.js'
import { tokensOf } from './tokens.js'

/** Path relative to the root, with `/`, to its text. */
export type SourceTree = ReadonlyMap<string, string>

/** Every violation of the import rules in `tree`. */
export function checkImports(tree: SourceTree): string[] {
  const violations: string[] = []
  const fileEdges = new Map<string, string[]>()
  const folderEdges = new Map<string, string[]>()
  for (const [path, text] of tree) {
    const folder = folderOf(path)
    if (folder === undefined) {
      violations.push(`${path}: stands in no folder of the house`)
      continue
    }
    for (const reference of referencesOf(tokensOf(text))) {
      const problem = problemOf(path, folder, reference, tree)
      if (problem !== undefined) violations.push(`${path}:${reference.line}: ${problem}`)
      const target = targetOf(path, reference)
      if (target === undefined || isTest(path)) continue
      if (!reference.typeOnly && !reference.dynamic) push(fileEdges, path, target)
      const targetFolder = folderOf(target)
      if (targetFolder !== undefined && targetFolder !== folder && !reference.dynamic)
        push(folderEdges, folder, targetFolder)
    }
  }
  for (const cycle of cyclesIn(folderEdges)) violations.push(`cycle of folders: ${cycle.join(' → ')}`)
  for (const cycle of cyclesIn(fileEdges)) violations.push(`cycle of files: ${cycle.join(' → ')}`)
  return violations
}

/** Which folder of the rules a path belongs to: the longest that fits. */
export function folderOf(path: string): string | undefined {
  const folders = [...folderRules.map((rule) => rule.folder), ...freeFolders]
  const fitting = folders.filter((folder) => path.startsWith(`${folder}/`))
  return fitting.sort((a, b) => b.length - a.length)[0]
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

function problemOf(path: string, folder: string, reference: Reference, tree: SourceTree): string | undefined {
  const rule = folderRules.find((candidate) => candidate.folder === folder)
  const { specifier } = reference
  if (specifier === undefined) return rule === undefined || isTest(path) ? undefined : 'imports something computed'
  const target = targetOf(path, reference)
  if (target !== undefined) {
    if (!target.endsWith('.ts') || !specifier.endsWith('.js')) return `imports ${specifier}, which does not end in .js`
    if (!tree.has(target)) return `imports ${specifier}, which is not there`
    return folderProblem(path, folder, rule, reference, target)
  }
  return rule === undefined ? undefined : moduleProblem(path, rule, specifier)
}

function folderProblem(
  path: string,
  folder: string,
  rule: FolderRule | undefined,
  reference: Reference,
  target: string,
): string | undefined {
  const targetFolder = folderOf(target)
  if (targetFolder === undefined) return `imports ${target}, which stands in no folder of the house`
  if (targetFolder === folder) return undefined
  if (freeFolders.includes(targetFolder)) {
    return rule === undefined || isTest(path) ? undefined : `imports ${targetFolder}, which only tests may`
  }
  // A test may look into any file of the house; shipped code enters by the door.
  if (rule === undefined) return undefined
  if (target !== `${targetFolder}/index.ts`) return `imports ${target} instead of ${targetFolder}/index.js`
  if (rule.folders.includes(targetFolder)) return undefined
  if (rule.onDemand?.includes(targetFolder)) {
    return reference.dynamic || reference.typeOnly ? undefined : `may load ${targetFolder} by import() alone`
  }
  const excepted = rule.exceptions?.some(({ files, folders }) => files.test(path) && folders.includes(targetFolder))
  return excepted ? undefined : `${folder} may not import ${targetFolder}`
}

function moduleProblem(path: string, rule: FolderRule, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) {
    const allowed = isTest(path) || rule.builtins === 'all' || rule.builtins.includes(specifier)
    return allowed ? undefined : `${rule.folder} may not import ${specifier}`
  }
  const packages = isTest(path) ? [...rule.packages, ...testPackages] : rule.packages
  const allowed = packages.some((name) =>
    name.endsWith('/') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`),
  )
  return allowed ? undefined : `${rule.folder} may not import the package ${specifier}`
}

/** The source that a relative reference names, or undefined for a package or a built-in. */
function targetOf(path: string, reference: Reference): string | undefined {
  if (reference.specifier === undefined || !reference.specifier.startsWith('.')) return undefined
  return posix.join(posix.dirname(path), reference.specifier).replace(/\.js$/, '.ts')
}

function push(edges: Map<string, string[]>, from: string, to: string): void {
  const known = edges.get(from)
  if (known === undefined) edges.set(from, [to])
  else if (!known.includes(to)) known.push(to)
}

/** One cycle for each edge that closes one in a depth-first walk; none exactly when the graph has none. */
function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const way: string[] = []
  const visit = (place: string): void => {
    if (way.includes(place)) {
      cycles.push([...way.slice(way.indexOf(place)), place])
      return
    }
    if (done.has(place)) return
    way.push(place)
    for (const next of edges.get(place) ?? []) visit(next)
    way.pop()
    done.add(place)
  }
  for (const place of edges.keys()) visit(place)
  return cycles
}
