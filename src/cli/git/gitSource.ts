/** A git repository as a source of an import. */
import type { Json } from "../../core/json";
import type { ImportSource, SourceCommit, SourceNode } from "../../store/import/source";
import type { CatFile } from "./catFile";
import type { ContentReader } from "./contentReader";
import { parseCommit, type HistoryNode, type TextLimits } from "./history";
import { GitError } from "./process";

/** Commits that are read ahead of the one that is being imported: git works while they are compared. */
const AHEAD = 4;

export class GitSource implements ImportSource {
  /**
   * @param history all commits by sha
   * @param refsAt full names of the refs that point to a commit
   */
  constructor(
    private readonly catFile: CatFile,
    private readonly history: ReadonlyMap<string, HistoryNode>,
    private readonly reader: ContentReader,
    private readonly refsAt: ReadonlyMap<string, readonly string[]>,
    private readonly limits: TextLimits,
  ) {}

  async *read(nodes: readonly SourceNode[]): AsyncGenerator<SourceCommit, void> {
    const waiting: (() => Promise<SourceCommit>)[] = [];
    for await (const commit of this.start(nodes)) {
      waiting.push(commit);
      if (waiting.length > AHEAD) yield await waiting.shift()!();
    }
    for (const commit of waiting) yield await commit();
  }

  /** Starts to read commits; each is awaited later. */
  private async *start(nodes: readonly SourceNode[]): AsyncGenerator<() => Promise<SourceCommit>, void> {
    const found = nodes.map((node) => this.nodeOf(node));
    let index = 0;
    for await (const contents of this.reader.read(found)) {
      const node = nodes[index];
      const timeProblem = found[index++]?.timeProblem ?? null;
      if (!node) throw new GitError("more contents than commits");
      const object = this.catFile.read(node.name);
      object.catch(() => undefined); // told to whoever awaits it
      yield async () => {
        const content = (await object)?.content;
        if (!content) throw new GitError(`commit ${node.name} is missing: the repository is not complete`);
        const { author, message, problems } = parseCommit(content, this.limits);
        return {
          node,
          author,
          message,
          problems: (timeProblem === null ? problems : [...problems, timeProblem]).map((what) => ({ what })),
          metadata: (allParents) => ({ git: this.origin(node, allParents) }),
          contents,
        };
      };
    }
  }

  private nodeOf({ name }: SourceNode): HistoryNode {
    const found = this.history.get(name);
    if (!found) throw new GitError(`commit ${name} is not in the repository`);
    return found;
  }

  private origin(node: SourceNode, allParents: boolean): Json {
    const origin = { sha: node.name, refs: this.refsAt.get(node.name) ?? [] };
    return allParents ? origin : { ...origin, parents: node.parents };
  }
}
