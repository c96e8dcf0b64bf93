/** Tells when versions stop or start being mergeable, as the frontiers among them move. */
import { NotFound } from "../core/errors";
import { previewMerge, type MergePreview } from "../store/mergePreview";
import { readFrontiers, type FrontierRow } from "../store/frontiers";
import type { Store } from "../store/store";
import { resolveVersion, type VersionName } from "../store/versions";
import type { Followed } from "./changes";
import type { Membership } from "./hub";
import { LiveStream, type Place, type PlacedEvent } from "./liveStream";
import { END } from "./pullIterator";

export interface MergePreviewEvent extends PlacedEvent {
  readonly preview: MergePreview;
}

/** A version, and where its name stands in the input. */
export interface NamedVersion {
  readonly name: VersionName;
  readonly at: readonly (string | number)[];
}

/**
 * From now on: what the versions say when this resolves is not told.
 * @throws as previewMerge and resolveVersion
 */
export async function followMergePreview(
  live: Followed,
  store: Store,
  versions: readonly NamedVersion[],
): Promise<MergePreviewStream> {
  const stream = new MergePreviewStream(live, store, versions, undefined);
  try {
    await stream.begin();
    return stream;
  } catch (error) {
    await stream.return();
    throw error;
  }
}

export class MergePreviewStream extends LiveStream<MergePreviewEvent> {
  private readonly memberships: ReadonlyMap<string, Membership>;
  /** How far the log of each frontier had got when the versions were looked at last. */
  private readonly looked = new Map<string, number>();

  /** @param compatible what has been told last */
  constructor(
    private readonly live: Followed,
    private readonly store: Store,
    private readonly versions: readonly NamedVersion[],
    private compatible: boolean | undefined,
  ) {
    super();
    const names = new Set(versions.flatMap(({ name }) => ("frontier" in name ? [name.frontier] : [])));
    // Versions that never move have nothing to tell, but their stream ends with the others.
    if (names.size === 0) names.add("main");
    this.memberships = new Map([...names].map((name) => [name, live.hub.join(name)]));
  }

  /** Looks at the versions as they are now, and takes that for told. */
  async begin(): Promise<void> {
    const [any] = this.memberships.values();
    const preview = await any!.read(() => this.look());
    if (preview) this.compatible = preview.left.length === 0;
  }

  /** What has been told is all that matters of a place. */
  get place(): Place {
    return { epoch: this.compatible === true ? 1 : 0, sequence: 0, position: 0 };
  }

  get atEnd(): boolean {
    return ![...this.memberships.keys()].some((name) => this.hasMoved(name));
  }

  reopen({ epoch }: Place): MergePreviewStream {
    return new MergePreviewStream(this.live, this.store, this.versions, epoch === 1);
  }

  private hasMoved(frontier: string): boolean {
    const sequence = this.looked.get(frontier);
    return sequence === undefined || this.memberships.get(frontier)!.changesAfter(sequence)?.length !== 0;
  }

  protected async pull(): Promise<MergePreviewEvent | typeof END> {
    const memberships = [...this.memberships.values()];
    const any = memberships[0]!;
    for (;;) {
      while (this.atEnd && !any.over) await this.untilChanged(memberships);
      const preview = await this.reading(any);
      if (preview === undefined) return END;
      const compatible = preview.left.length === 0;
      if (compatible === this.compatible) continue;
      this.compatible = compatible;
      return { preview, place: this.place, momentary: true };
    }
  }

  private async untilChanged(memberships: readonly Membership[]): Promise<void> {
    await Promise.race(memberships.map((membership) => membership.untilChanged()));
    for (const membership of memberships) membership.giveUp();
  }

  /** Undefined when it is over, or one of the frontiers is deleted. */
  private async reading(membership: Membership): Promise<MergePreview | undefined> {
    try {
      return await membership.read(() => this.look());
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  private async look(): Promise<MergePreview> {
    const { store } = this;
    const rows = await readFrontiers(store.database.pool, [...this.memberships.keys()]);
    for (const [name, membership] of this.memberships) {
      const sequence = rows.get(name)?.sequence ?? 0;
      membership.startAt(sequence);
      this.looked.set(name, sequence);
    }
    const read = (name: string): Promise<FrontierRow | undefined> => Promise.resolve(rows.get(name));
    const versions = await Promise.all(this.versions.map(({ name, at }) => resolveVersion(store, name, at, read)));
    return previewMerge(store, versions, []);
  }

  protected close(): void {
    for (const membership of this.memberships.values()) membership.leave();
  }
}
