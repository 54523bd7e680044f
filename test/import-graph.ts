/** Who imports whom below a directory, types included, and what is wrong with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** By file, from that directory: the files and packages that it imports, `import()` too. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function readImportGraph(directory: string): ImportGraph {
  const files = readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
      const targets = importedFiles.map(({ fileName }) =>
        fileName.startsWith('.') ? relative(directory, join(dirname(file), fileName)) : fileName,
      );
      return [relative(directory, file), [...new Set(targets)]];
    }),
  );
}

export const folderOf = (file: string): string => file.split('/')[0]!;

/** Each as `FILE imports FILE`: from one folder into another that the table does not allow it. */
export function forbiddenImports(
  graph: ImportGraph,
  allowed: Readonly<Record<string, readonly string[]>>,
  exceptions: readonly string[] = [],
): readonly string[] {
  return [...graph].flatMap(([file, targets]) => {
    const from = folderOf(file);
    return targets
      .filter((target) => graph.has(target) && folderOf(target) !== from)
      .filter((target) => allowed[from]?.includes(folderOf(target)) !== true)
      .map((target) => `${file} imports ${target}`)
      .filter((each) => !exceptions.includes(each));
  });
}

/** Every file that these import, directly or not, themselves included. */
export function reachedFrom(graph: ImportGraph, ...files: readonly string[]): ReadonlySet<string> {
  const reached = new Set(files);
  for (const file of reached) for (const target of graph.get(file) ?? []) reached.add(target);
  return reached;
}

/** Groups of files each of which imports all others of its group, directly or not. */
export function circles(graph: ImportGraph): readonly (readonly string[])[] {
  const groups = new Map<string, readonly string[]>();
  for (const [file, targets] of graph) {
    if (!reachedFrom(graph, ...targets).has(file)) continue;
    const group = [...graph.keys()].filter(
      (other) => reachedFrom(graph, file).has(other) && reachedFrom(graph, other).has(file),
    );
    groups.set(group.join(), group);
  }
  return [...groups.values()];
}
