/**
 * What the first import of a repository looks at before anything is written. A path or key that was mistyped would bring
 * a history without records, and `main` with it, where the right one could not follow.
 */
import { CommandFailed, UsageError } from "../exit";
import type { CatFile } from "./catFile";
import { MAXIMUM_FILE_BYTES, type ContentReader } from "./contentReader";
import type { HistoryNode } from "./history";
import { parseFile } from "./recordsOfFile";
import type { Repository } from "./repository";
import { treeDiffs, type TreeChange } from "./treeDiff";

/**
 * @param nodes the history, at least one
 * @param tips commits of it, those that matter most first
 * @throws CommandFailed where no commit holds a file that is asked for
 */
export async function refuseMissingFiles(
  repository: Repository,
  reader: ContentReader,
  nodes: readonly HistoryNode[],
  tips: readonly HistoryNode[],
): Promise<void> {
  const treeOf = new Map(nodes.map((node) => [node.sha, node.tree]));
  // A file that was ever there is at a tip, or came in with a commit; the tips answer at once, as a rule.
  const came = nodes.map(
    ({ tree, parents: [parent = ""] }) => [treeOf.get(parent) ?? repository.emptyTree, tree] as const,
  );
  const there = tips.map(({ tree }) => [repository.emptyTree, tree] as const);
  for await (const changes of treeDiffs(repository, [...there, ...came], reader.below)) {
    if (changes.some((change) => change.file && reader.wants(change.path))) return;
  }
  throw new CommandFailed(`no commit of these refs holds ${reader.wanted}: nothing was imported`);
}

/**
 * @param reader of a file whose records are named by its members
 * @throws UsageError where the tips hold lists, whose elements have no names, and no object of objects
 */
export async function refuseNamelessRecords(
  repository: Repository,
  catFile: CatFile,
  reader: ContentReader,
  tips: readonly HistoryNode[],
): Promise<void> {
  const trees = tips.map(({ tree }) => [repository.emptyTree, tree] as const);
  const seen = new Set<string>();
  let lists = 0;
  for await (const changes of treeDiffs(repository, trees, reader.below)) {
    const file = changes.find((change) => reader.wants(change.path))?.file;
    if (!file || file.link || seen.has(file.id)) continue;
    seen.add(file.id);
    const value = await valueOf(catFile, file);
    if (Array.isArray(value)) lists += 1;
    else if (typeof value === "object" && value !== null) return;
  }
  if (lists > 0) throw new UsageError("the file holds a list: --key must say which member names its records");
}

async function valueOf(catFile: CatFile, { id }: NonNullable<TreeChange["file"]>): Promise<unknown> {
  const content = (await catFile.read(id, MAXIMUM_FILE_BYTES))?.content;
  const parsed = content ? parseFile(content) : null;
  return parsed && "value" in parsed ? parsed.value : undefined;
}
