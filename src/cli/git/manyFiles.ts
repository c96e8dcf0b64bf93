/** Many files that hold one record each; the key of a record is the path of its file. */
import picomatch from "picomatch";
import { quoted } from "../../core/quote";
import type { RecordId } from "../../core/ids";
import { isObject } from "../../core/json";
import type { Contents, RecordKey } from "../../store/import/source";
import type { CatFile } from "./catFile";
import { MAXIMUM_FILE_BYTES, type ContentReader, type ContentsOf } from "./contentReader";
import type { HistoryNode } from "./history";
import { GitError } from "./process";
import { parseFile, ReadContents } from "./recordsOfFile";
import type { Repository } from "./repository";
import { strictUtf8 } from "./text";
import { treeDiffs, type TreeChange } from "./treeDiff";

/** Files that are asked of git at a time. */
const WINDOW = 64;

export class ManyFilesReader implements ContentReader {
  private readonly matches: (path: string) => boolean;
  readonly wanted: string;
  readonly below: string | null;

  /**
   * @param glob of paths in the repository, as picomatch has it
   * @param treeOf the tree of any commit of the history
   */
  constructor(
    private readonly repository: Repository,
    private readonly catFile: CatFile,
    glob: string,
    private readonly treeOf: (sha: string) => string,
    private readonly identify: (key: RecordKey) => RecordId,
  ) {
    this.wanted = `a file that matches ${quoted(glob)}`;
    this.matches = picomatch(glob);
    const { base, negated } = picomatch.scan(glob);
    this.below = base === "" || base === "." || negated || base.includes("\\") ? null : base;
  }

  wants(path: Buffer): boolean {
    const name = strictUtf8(path);
    return name !== null && this.matches(name);
  }

  async *read(nodes: readonly HistoryNode[]): AsyncGenerator<ContentsOf, void> {
    const before = (node: HistoryNode): readonly string[] =>
      node.parents.length === 0 ? [this.repository.emptyTree] : node.parents.map(this.treeOf);
    const pairs = nodes.flatMap((node) => before(node).map((tree) => [tree, node.tree] as const));
    const sections = treeDiffs(this.repository, pairs, this.below);
    try {
      for (const node of nodes) {
        const changes: TreeChange[] = [];
        for (let parent = 0; parent < before(node).length; parent++) {
          const section = await sections.next();
          if (section.done) throw new GitError("git diff-tree told of fewer trees than it was asked for");
          changes.push(...section.value);
        }
        yield (contested) => this.contents(node, changes, contested);
      }
    } finally {
      await sections.return();
    }
  }

  private async contents(
    node: HistoryNode,
    changes: readonly TreeChange[],
    contested: ReadonlySet<RecordId>,
  ): Promise<Contents> {
    const contents = new ReadContents(false);
    const files = this.matching(changes, contents);
    const known = new Set([...files.keys()].map(this.identify));
    const untold = new Set([...contested].filter((record) => !known.has(record)));
    if (untold.size > 0) {
      for (const [path, file] of await this.tree(node)) {
        const record = this.identify(path);
        if (untold.delete(record)) files.set(path, file);
      }
      // The path of a record that is in no parent and not here cannot be told, and need not be.
      for (const record of untold) contents.states.set(record, { key: record, state: null });
    }
    await this.readFiles([...files], contents);
    return contents;
  }

  /** The whole tree: only for merges of histories that went through different changes to the same files. */
  private async tree(node: HistoryNode): Promise<Map<string, TreeChange["file"]>> {
    for await (const changes of treeDiffs(this.repository, [[this.repository.emptyTree, node.tree]], this.below)) {
      return this.matching(changes, null);
    }
    return new Map();
  }

  private matching(changes: readonly TreeChange[], contents: ReadContents | null): Map<string, TreeChange["file"]> {
    const files = new Map<string, TreeChange["file"]>();
    const unreadable = new Set<string>();
    for (const { path, file } of changes) {
      const name = strictUtf8(path);
      if (name === null) {
        const shown = path.toString("utf8");
        if (this.matches(shown)) unreadable.add(shown);
      } else if (this.matches(name)) {
        files.set(name, file);
      }
    }
    for (const path of unreadable) contents?.report("a file whose path is not valid UTF-8 is skipped", path);
    return files;
  }

  private async readFiles(files: readonly [string, TreeChange["file"]][], contents: ReadContents): Promise<void> {
    for (let start = 0; start < files.length; start += WINDOW) {
      const window = files.slice(start, start + WINDOW);
      const objects = await Promise.all(
        window.map(([, file]) => (file && !file.link ? this.catFile.read(file.id, MAXIMUM_FILE_BYTES) : null)),
      );
      for (const [index, [path, file]] of window.entries()) {
        const object = objects[index];
        if (!file) contents.states.set(this.identify(path), { key: path, state: null });
        else if (file.link) this.keep(contents, path, "the file is a symbolic link");
        else if (!object) throw new GitError(`object ${file.id} is missing: the repository is not complete`);
        else this.readFile(path, object.content, contents);
      }
    }
  }

  private readFile(path: string, content: Buffer | null, contents: ReadContents): void {
    if (!content) return this.keep(contents, path, `the file has more than ${MAXIMUM_FILE_BYTES} bytes`);
    const parsed = parseFile(content);
    if ("wrong" in parsed) this.keep(contents, path, `the file is ${parsed.wrong}`);
    else if (!isObject(parsed.value)) this.keep(contents, path, "the file does not hold an object");
    else contents.states.set(this.identify(path), { key: path, state: parsed.value });
  }

  private keep(contents: ReadContents, path: string, what: string): void {
    contents.kept.add(this.identify(path));
    contents.report(what, path);
  }
}
