/**
 * The views of commits while a history is imported: which version of each record a commit holds. Only views that are
 * still needed are kept, and they share what they have in common.
 */
import type { CommitId, RecordId } from "../../core/ids";
import { mergeVersions, type RecordVersion } from "./recordHistory";
import { RecordMap } from "./recordMap";

/** Records that were never touched are missing; removed ones are there, without a state. */
export type View = RecordMap<RecordVersion>;

export class Views {
  private readonly views = new Map<CommitId, View>();
  private readonly uses = new Map<CommitId, number>();

  /** Announces that the view of a commit will be asked for once more, by `take` or `merge`. */
  announce(commit: CommitId): void {
    this.uses.set(commit, (this.uses.get(commit) ?? 0) + 1);
  }

  /** Keeps the view of a commit for those who announced that they need it. */
  keep(commit: CommitId, view: View): void {
    if (this.uses.has(commit)) this.views.set(commit, view);
  }

  /** The view of a commit, for the caller to change. */
  take(commit: CommitId): View {
    const view = this.views.get(commit);
    const uses = this.uses.get(commit);
    if (!view || uses === undefined) throw new RangeError(`the view of commit ${commit} is not there`);
    if (uses > 1) {
      this.uses.set(commit, uses - 1);
      return view.copy();
    }
    this.uses.delete(commit);
    this.views.delete(commit);
    return view;
  }

  /**
   * The merged view of commits, for the caller to change.
   * @returns also the records that the commits do not have in the same version
   */
  merge(commits: readonly CommitId[]): { readonly view: View; readonly contested: Set<RecordId> } {
    const contested = new Set<RecordId>();
    const [first, ...others] = commits;
    if (first === undefined) return { view: new RecordMap(), contested };
    const view = this.take(first);
    const versions = new Map<RecordId, RecordVersion[]>();
    for (const other of others.map((commit) => this.take(commit))) {
      view.differences(other, (record, mine, version) => {
        // A record that only some of them have is contested too: the others say that it is not there.
        if (version === undefined) return void contested.add(record);
        const known = versions.get(record) ?? (mine ? [mine] : []);
        if (!known.includes(version)) known.push(version);
        versions.set(record, known);
      });
    }
    for (const [record, known] of versions) {
      view.set(record, mergeVersions(known));
      contested.add(record);
    }
    return { view, contested };
  }
}
