/** One file that holds many records. */
import { LRUCache } from "lru-cache";
import { quoted } from "../../core/quote";
import type { RecordId } from "../../core/ids";
import type { Problem, RecordKey } from "../../store/import/source";
import type { CatFile, GitObject } from "./catFile";
import { MAXIMUM_FILE_BYTES, type ContentReader, type ContentsOf } from "./contentReader";
import type { HistoryNode } from "./history";
import { GitError } from "./process";
import { ReadContents, recordsOfFile } from "./recordsOfFile";
import type { Repository } from "./repository";
import { treeDiffs, type TreeChange } from "./treeDiff";

/** Files that stay parsed, as bytes before parsing: branches go back and forth between a few versions. */
const PARSED_BYTES = 32 * 1024 * 1024;

type File = TreeChange["file"];

export class SingleFileReader implements ContentReader {
  private readonly parsed = new LRUCache<string, ReadContents>({ maxSize: PARSED_BYTES });
  /** Of every file that was parsed. */
  private readonly problems = new Map<string, readonly Problem[]>();
  private readonly fetching = new Map<string, Promise<GitObject | null>>();

  /**
   * @param path of the file in the repository
   * @param keyMember as in `recordsOfFile`
   */
  constructor(
    private readonly repository: Repository,
    private readonly catFile: CatFile,
    private readonly path: string,
    private readonly keyMember: string | null,
    private readonly identify: (key: RecordKey) => RecordId,
  ) {}

  get wanted(): string {
    return `the file ${quoted(this.path)}`;
  }

  get below(): string {
    return this.path;
  }

  wants(path: Buffer): boolean {
    return path.toString("utf8") === this.path;
  }

  async *read(nodes: readonly HistoryNode[]): AsyncGenerator<ContentsOf, void> {
    const pairs = nodes.map((node) => [this.repository.emptyTree, node.tree] as const);
    const files = new Map<string, File>();
    let index = 0;
    for await (const changes of treeDiffs(this.repository, pairs, this.path)) {
      const node = nodes[index++];
      if (!node) throw new GitError("git diff-tree told of more trees than it was asked for");
      const file = changes.find((change) => this.wants(change.path))?.file ?? null;
      files.set(node.sha, file);
      const [parent] = node.parents;
      const before = node.parents.length === 1 && parent !== undefined ? files.get(parent) : undefined;
      const unchanged = before?.id === file?.id && before?.link === file?.link;
      this.prefetch(file);
      yield () => this.contents(file, unchanged);
    }
  }

  private prefetch(file: File): void {
    if (!file || file.link || this.problems.has(file.id) || this.fetching.has(file.id)) return;
    const object = this.catFile.read(file.id, MAXIMUM_FILE_BYTES);
    object.catch(() => undefined); // told to whoever awaits it
    this.fetching.set(file.id, object);
  }

  private async contents(file: File, unchanged: boolean): Promise<ReadContents> {
    if (!file) return new ReadContents(true);
    if (file.link) return new ReadContents(false, [{ what: "the file is a symbolic link" }]);
    const problems = this.problems.get(file.id);
    if (unchanged && problems) return new ReadContents(false, problems);
    const cached = this.parsed.get(file.id);
    if (cached) return cached;
    const object = await (this.fetching.get(file.id) ?? this.catFile.read(file.id, MAXIMUM_FILE_BYTES));
    this.fetching.delete(file.id);
    if (!object) throw new GitError(`object ${file.id} is missing: the repository is not complete`);
    const contents = object.content
      ? recordsOfFile(object.content, this.keyMember, this.identify)
      : new ReadContents(false, [{ what: `the file has more than ${MAXIMUM_FILE_BYTES} bytes` }]);
    this.parsed.set(file.id, contents, { size: Math.max(1, object.content?.length ?? 1) });
    this.problems.set(file.id, contents.problems);
    return contents;
  }
}
