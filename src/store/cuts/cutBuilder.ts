/**
 * Makes the cuts of records, commit by commit: each commit inherits those of the commits before it, and where enough
 * operations lie above the highest one that all of them have, it makes the next, with the coalesced operations that lead
 * to the one below and to the one that it jumps to, and the snapshot where that is small enough.
 */
import { LRUCache } from "lru-cache";
import { coalesce } from "../../core/coalesce";
import {
  charge,
  coalescedBytes,
  compareTouches,
  effectBytes,
  isWorth,
  jumpOf,
  membersOf,
  nextTime,
  pairs,
  segmentOf,
  snapshotBytes,
  type Stacked,
  type Touch,
} from "../../core/cuts";
import { equalJson } from "../../core/equality";
import type { CommitId, OperationId, RecordId } from "../../core/ids";
import type { Json, State } from "../../core/json";
import { applyAll, applyOperation, type Effect } from "../../core/operation";
import { roughBytes } from "../../core/size";
import { together } from "../database";
import type { CutMemory, KnownCommit, MadeCut } from "./cutMemory";
import type { CutId, CutRow, EntryRow } from "./cutRow";
import type { CutSource } from "./cutSource";

/** A commit that touches a record. */
export interface RecordTouch extends Touch {
  readonly record: RecordId;
  /** The table of snapshots of the record's type, unquoted. */
  readonly snapshots: string;
}

/** What has to be written. */
export interface CutRows {
  readonly entries: EntryRow[];
  /** For each entry the members of the nearest snapshot's cut. */
  readonly ancestors: { readonly record: RecordId; readonly commit: CommitId; readonly snapshot: CommitId }[];
  readonly cuts: CutRow[];
  readonly operations: { readonly id: OperationId; readonly record: RecordId; readonly parameters: Json }[];
  readonly links: Link<OperationId>[];
  readonly snapshots: {
    readonly table: string;
    readonly record: RecordId;
    readonly heads: readonly CommitId[];
    readonly state: State;
  }[];
  readonly snapshotLinks: Link<null>[];
}

export interface Link<Operation> {
  readonly record: RecordId;
  readonly parent: CommitId;
  readonly child: CommitId;
  readonly operation: Operation;
}

/** A commit that is placed: what it stands on, and what lies above that. */
interface Job {
  readonly touch: RecordTouch;
  base: CutRow | null;
  /** In canonical order. */
  loose: Touch[];
}

/** Of the states that are kept, in all: each is counted as if it shared nothing with the others. */
const KEPT_BYTES = 128 * 1024 * 1024;

/** An entry's own. */
const ENTRY_BYTES = 100;

const noRows = (): CutRows => ({
  entries: [],
  ancestors: [],
  cuts: [],
  operations: [],
  links: [],
  snapshots: [],
  snapshotLinks: [],
});

export class CutBuilder {
  private readonly known = new Map<RecordId, Map<CommitId, KnownCommit>>();
  private readonly cuts = new Map<CutId, CutRow>();
  /** By what they stand on: what is known of that since the records were locked. */
  private readonly standing = new Map<string, CutRow[]>();
  /** Cuts on which nobody else's can stand, since nobody has seen them yet. */
  private readonly unseen = new Set<CutId>();
  /** Of cuts that were made here: what leads to them from the one below, and from where they jump to. */
  private readonly made = new Map<CutId, MadeCut>();
  private readonly states: LRUCache<CutId, { readonly state: State }>;
  private rows = noRows();

  /**
   * @param memory what is known of earlier commits
   * @param keptBytes of the states that are kept
   */
  constructor(
    private readonly source: CutSource,
    private readonly memory?: CutMemory,
    keptBytes = KEPT_BYTES,
  ) {
    this.states = new LRUCache({
      maxSize: keptBytes,
      sizeCalculation: ({ state }) => ENTRY_BYTES + (state === undefined ? 0 : roughBytes(state)),
    });
  }

  /** What has to be written since the last call. Others may make cuts of the same records before the next one. */
  take(): CutRows {
    const { rows } = this;
    this.rows = noRows();
    this.standing.clear();
    this.unseen.clear();
    return rows;
  }

  /** Leaves in the memory what is known here. The transaction that wrote what was made has been committed. */
  leave(): void {
    const { memory } = this;
    if (!memory) return;
    for (const own of this.known.values()) for (const known of own.values()) memory.keepCommit(known);
    for (const cut of this.cuts.values()) memory.keepCut(cut);
    for (const [id, made] of this.made) memory.keepMade(id, made);
    for (const [id, { state }] of this.states.entries()) memory.keepState(id, state);
  }

  /** Whether it is known where a commit stands. */
  knows(record: RecordId, commit: CommitId): boolean {
    return this.find(record, commit)?.placed === true;
  }

  /** Is told of commits and cuts that are stored. */
  learn(commits: readonly KnownCommit[], cuts: readonly CutRow[]): void {
    for (const cut of cuts) this.cuts.set(cut.id, cut);
    for (const known of commits) this.remember({ ...this.find(known.record, known.commit), ...known });
  }

  /** Adds commits, each after those before it. */
  async add(touches: readonly RecordTouch[]): Promise<void> {
    // Commits of different records have nothing to do with each other: what they need is read together.
    const byRecord = new Map<RecordId, RecordTouch[]>();
    for (const touch of touches) {
      const own = byRecord.get(touch.record);
      if (own) own.push(touch);
      else byRecord.set(touch.record, [touch]);
    }
    for (let place = 0, left = [...byRecord.values()]; left.length > 0; place += 1) {
      await this.addWave(left.map((own) => own[place]!));
      left = left.filter((own) => own.length > place + 1);
    }
  }

  private async addWave(wave: readonly RecordTouch[]): Promise<void> {
    await this.loadEntries(wave);
    const jobs: Job[] = [];
    for (const touch of wave) {
      const { record, parents, effects } = touch;
      const before = parents.map((parent) => this.entry(record, parent));
      const base = await this.commonCut(before.map(({ cut }) => cut));
      const job: Job = { touch, base, loose: [] };
      const [only] = before;
      const loose = before.length === 1 ? only!.loose + effects.length : effects.length;
      if (before.length < 2 && loose < 2 * segmentOf(base?.members.length ?? 1)) this.place(job, loose);
      else jobs.push(job);
    }
    if (jobs.length === 0) return;
    await this.loadLoose(jobs);
    const ready = jobs.filter((job) => this.nextTimeOf(job) !== undefined);
    if (ready.length > 0) await this.prepare(ready);
    for (const job of jobs) {
      for (let time = this.nextTimeOf(job); time !== undefined; time = this.nextTimeOf(job))
        await this.makeCut(job, time);
      this.place(
        job,
        job.loose.reduce((sum, { effects }) => sum + effects.length, 0),
      );
    }
  }

  private nextTimeOf({ loose, base }: Job): number | undefined {
    return nextTime(loose, base?.members.length ?? 1);
  }

  private place({ touch, base }: Job, loose: number): void {
    const { record, commit, logicalTime } = touch;
    const entry: EntryRow = { record, commit, logicalTime, cut: base?.id ?? null, loose };
    this.remember({ ...entry, touch, placed: true });
    this.rows.entries.push(entry);
    const snapshot = base === null || base.base === null ? undefined : this.cutAt(base.base);
    for (const member of snapshot?.members ?? []) this.rows.ancestors.push({ record, commit, snapshot: member });
  }

  private remember(known: KnownCommit): void {
    const own = this.known.get(known.record);
    if (own) own.set(known.commit, known);
    else this.known.set(known.record, new Map([[known.commit, known]]));
  }

  private find(record: RecordId, commit: CommitId): KnownCommit | undefined {
    const known = this.known.get(record)?.get(commit);
    if (known) return known;
    const remembered = this.memory?.commit(record, commit);
    if (remembered) this.remember(remembered);
    return remembered;
  }

  private cutAt(id: CutId): CutRow | undefined {
    const cut = this.cuts.get(id);
    if (cut) return cut;
    const remembered = this.memory?.cut(id);
    if (remembered) this.cuts.set(id, remembered);
    return remembered;
  }

  private wayTo(id: CutId): MadeCut | undefined {
    return this.made.get(id) ?? this.memory?.made(id);
  }

  private keptState(id: CutId): { readonly state: State } | undefined {
    return this.states.get(id) ?? this.memory?.state(id);
  }

  private entry(record: RecordId, commit: CommitId): KnownCommit {
    const known = this.find(record, commit);
    if (!known?.placed)
      throw new Error(`The commit ${commit} of the record ${record} is not indexed: run omdb verify --repair.`);
    return known;
  }

  private async loadEntries(wave: readonly RecordTouch[]): Promise<void> {
    const missing = wave.flatMap(({ record, parents }) =>
      parents.filter((parent) => !this.find(record, parent)?.placed).map((commit) => ({ record, commit })),
    );
    if (missing.length > 0) {
      const { entries, cuts } = await this.source.entries(missing);
      this.learn(
        entries.map((entry) => ({ ...entry, placed: true })),
        cuts,
      );
    }
    const stoodOn = wave.flatMap(({ record, parents }) =>
      parents.map((parent) => this.find(record, parent)?.cut ?? null),
    );
    await this.loadCuts(stoodOn);
    // What a commit has to say of its nearest snapshot stands in that one's cut.
    await this.loadCuts(stoodOn.map((id) => (id === null ? null : this.cutAt(id)!.base)));
  }

  private async loadCuts(ids: readonly (CutId | null)[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id): id is CutId => id !== null && !this.cutAt(id));
    if (missing.length === 0) return;
    for (const cut of await this.source.cuts(missing)) this.cuts.set(cut.id, cut);
    for (const id of missing) if (!this.cuts.has(id)) throw new MissingCut(id);
  }

  private async cut(id: CutId | null): Promise<CutRow | null> {
    if (id === null) return null;
    await this.loadCuts([id]);
    return this.cutAt(id)!;
  }

  /** The highest cut that all of these have; as omdb.common_cut has it. */
  private async commonCut(ids: readonly (CutId | null)[]): Promise<CutRow | null> {
    const [first, ...others] = new Set(ids);
    if (first === undefined || first === null || others.includes(null)) return null;
    let a = await this.cut(first);
    for (const other of others) {
      let b = await this.cut(other);
      while (a && b && a.id !== b.id) {
        if (a.rank < b.rank) b = await this.cut((b.jumpRank ?? 0) >= a.rank ? b.jump : b.prev);
        else if (a.rank > b.rank) a = await this.cut((a.jumpRank ?? 0) >= b.rank ? a.jump : a.prev);
        else {
          const jumps = a.jump !== b.jump;
          [a, b] = [await this.cut(jumps ? a.jump : a.prev), await this.cut(jumps ? b.jump : b.prev)];
        }
      }
      if (!a || !b) return null;
    }
    return a;
  }

  /** Fills in what lies above the cuts that jobs stand on. */
  private async loadLoose(jobs: readonly Job[]): Promise<void> {
    const missing = jobs.flatMap((job) => {
      const open = this.walk(job);
      const { record } = job.touch;
      return open.length === 0 ? [] : [{ record, heads: open, floor: job.base?.until ?? -1, job }];
    });
    if (missing.length === 0) return;
    for (const { record, ...touch } of await this.source.touches(missing)) {
      const known = this.find(record, touch.commit);
      this.remember({ cut: null, loose: 0, placed: false, ...known, record, ...touch, touch });
    }
    // What is still open after that is not above the cut.
    for (const { job } of missing) this.walk(job);
  }

  /**
   * Goes through what lies above the cut, as far as it is known.
   * @returns commits of which it is not known what lies below them, or whether they are above the cut
   */
  private walk(job: Job): CommitId[] {
    const { touch, base } = job;
    const floor = base?.until ?? -1;
    const seen = new Map<CommitId, Touch>([[touch.commit, touch]]);
    const open: CommitId[] = [];
    const passed = new Set<CommitId>();
    const waiting = [...touch.parents];
    for (let commit = waiting.pop(); commit !== undefined; commit = waiting.pop()) {
      if (passed.has(commit)) continue;
      passed.add(commit);
      const found = this.find(touch.record, commit);
      if (found && found.logicalTime <= floor) continue;
      if (!found?.touch) {
        open.push(commit);
        continue;
      }
      seen.set(commit, found.touch);
      waiting.push(...found.touch.parents);
    }
    job.loose = [...seen.values()].sort(compareTouches);
    return open;
  }

  /** Reads together what making the first cuts will ask for. */
  private async prepare(jobs: readonly Job[]): Promise<void> {
    const stored = jobs.filter(({ base }) => !base || !this.unseen.has(base.id));
    const places = stored.map(({ touch, base }) => ({ record: touch.record, cut: base?.id ?? null }));
    // What is sent after the lock is read under it.
    await together(
      this.source.lock([...new Set(stored.map(({ touch }) => touch.record))]),
      this.loadStanding(places.filter((place) => !this.standing.has(standingKey(place.record, place.cut)))),
    );
    const bases = stored.flatMap(({ base, touch }) => (base ? [{ base, table: touch.snapshots }] : []));
    await this.loadCuts(bases.map(({ base }) => base.jump));
    await this.loadCuts(bases.map(({ base }) => (base.jump === null ? null : this.cutAt(base.jump)!.jump)));
    const needed = bases.flatMap(({ base, table }) => {
      const target = this.jumpFrom(base);
      const isJumpedTo = target !== base && target.rank >= (base.baseRank ?? 0);
      return [{ cut: base, table }, ...(isJumpedTo ? [{ cut: target, table }] : [])];
    });
    for (const table of new Set(needed.map((one) => one.table))) {
      const missing = needed.filter((one) => one.table === table && !this.keptState(one.cut.id)).map(({ cut }) => cut);
      if (missing.length === 0) continue;
      const states = await this.source.states(missing, table);
      for (const [place, cut] of missing.entries()) this.states.set(cut.id, { state: states[place] });
    }
  }

  private async loadStanding(
    places: readonly { readonly record: RecordId; readonly cut: CutId | null }[],
  ): Promise<void> {
    if (places.length === 0) return;
    for (const { record, cut } of places) this.standing.set(standingKey(record, cut), []);
    for (const cut of await this.source.standingOn(places)) {
      this.cuts.set(cut.id, cut);
      this.standing.get(standingKey(cut.record, cut.prev))?.push(cut);
    }
  }

  /** Where the next cut on this one jumps to. What that takes has been loaded. */
  private jumpFrom(below: CutRow): CutRow {
    const stacked = (row: CutRow, depth: number): Stacked & { readonly row: CutRow } => {
      const jump = row.jump === null || depth === 0 ? undefined : this.cutAt(row.jump);
      return { rank: row.rank, jump: jump && stacked(jump, depth - 1), row };
    };
    return jumpOf(stacked(below, 2)).row;
  }

  private async makeCut(job: Job, until: number): Promise<void> {
    const { base: below, touch } = job;
    const { record, snapshots: table } = touch;
    const segment = job.loose.filter(({ logicalTime }) => logicalTime <= until);
    job.loose = job.loose.slice(segment.length);
    const members = membersOf(below?.members ?? [], segment);
    const key = standingKey(record, below?.id ?? null);
    if (!this.standing.has(key)) await this.loadStanding([{ record, cut: below?.id ?? null }]);
    const siblings = this.standing.get(key)!;
    const same = siblings.find((cut) => cut.until === until && cut.members.join() === members.join());
    if (same) {
      job.base = same;
      return;
    }
    const effects = segment.flatMap((one) => one.effects);
    const bytes = effects.reduce((sum, effect) => sum + effectBytes(effect), 0);
    const id = await this.source.newCutId();
    const prevId = below?.id ?? null;
    const ordinal = this.source.ordinal?.({ id, record, members, until, prev: prevId }) ?? siblings.length;
    if (!below) {
      const state = applyAll(undefined, effects);
      const snapshot = isWorth(snapshotBytes(state), bytes);
      this.made.set(id, { segment: effects });
      this.keepCut(
        job,
        {
          ...{ id, record, members, until, rank: 0, prev: null, prevUntil: null, jump: null, jumpRank: null },
          ...{ ordinal, base: snapshot ? id : null, baseRank: snapshot ? 0 : null },
          since: snapshot ? 0 : bytes,
          ...{ prevOperation: null, prevBytes: bytes, jumpOperation: null, jumpBytes: bytes },
        },
        state,
        siblings,
      );
      return;
    }
    const before = await this.stateOf(below, table);
    const state = applyAll(before, effects);
    const prev = this.coalesced(record, below.members, members, before, state, effects, bytes);
    const prevBytes = prev?.bytes ?? bytes;

    await this.loadCuts([below.jump]);
    const near = below.jump === null ? null : this.cutAt(below.jump)!;
    await this.loadCuts([near?.jump ?? null]);
    const target = this.jumpFrom(below);
    const since = bytes + charge(below.since, ordinal);
    const snapshot = isWorth(snapshotBytes(state), since);
    const [base, baseRank] = snapshot ? [id, below.rank + 1] : [below.base, below.baseRank];
    let jump: Coalesced | undefined;
    let jumpBytes = target === below ? prevBytes : prevBytes + below.jumpBytes + near!.jumpBytes;
    // Who reads goes no further down than to the snapshot.
    if (target !== below && target.rank >= (baseRank ?? 0)) {
      const ownEffects = prev ? [prev.effect] : effects;
      const shared = await this.wayBetween(below, target, table);
      const replaced = prevBytes + charge(below.jumpBytes + near!.jumpBytes, ordinal);
      const from = await this.stateOf(target, table);
      jump = this.coalesced(record, target.members, members, from, state, [...shared, ...ownEffects], replaced);
      if (jump) jumpBytes = jump.bytes;
    }
    this.made.set(id, {
      segment: effects,
      ...(prev ? { prev: prev.effect } : {}),
      ...(jump ? { jump: jump.effect } : {}),
    });
    this.keepCut(
      job,
      {
        ...{ id, record, members, until, rank: below.rank + 1, prev: below.id, prevUntil: below.until },
        ...{ jump: target.id, jumpRank: target.rank, ordinal },
        ...{ base, baseRank },
        since: snapshot ? 0 : since,
        ...{ prevOperation: prev ? await this.source.newOperationId() : null, prevBytes },
        ...{ jumpOperation: jump ? await this.source.newOperationId() : null, jumpBytes },
      },
      state,
      siblings,
      prev,
      jump && { ...jump, parents: target.members },
      below,
    );
  }

  /** One effect for several, where that is worth its bytes. */
  private coalesced(
    record: RecordId,
    from: readonly CommitId[],
    to: readonly CommitId[],
    before: State,
    after: State,
    effects: readonly Effect[],
    replaced: number,
  ): Coalesced | undefined {
    const effect = coalesce(before, effects, after);
    const bytes = coalescedBytes(effect, pairs(from, to).length);
    if (!isWorth(bytes, replaced)) return undefined;
    // What is read by it must be what is read without it, to the letter.
    const result = applyOperation(before, effect);
    if (!equalJson(result ?? null, after ?? null))
      throw new Error(`Coalesced operations of the record ${record} do not give its state.`);
    return { effect, bytes };
  }

  private keepCut(
    job: Job,
    cut: CutRow,
    state: State,
    siblings: CutRow[],
    prev?: Coalesced,
    jump?: Coalesced & { readonly parents: readonly CommitId[] },
    below?: CutRow,
  ): void {
    const { record, members } = cut;
    this.cuts.set(cut.id, cut);
    this.unseen.add(cut.id);
    siblings.push(cut);
    this.standing.set(standingKey(record, cut.id), []);
    this.states.set(cut.id, { state });
    this.rows.cuts.push(cut);
    const keep = (id: OperationId | null, parents: readonly CommitId[], coalesced: Coalesced | undefined) => {
      if (id === null || !coalesced) return;
      this.rows.operations.push({ id, record, parameters: coalesced.effect.parameters });
      for (const [parent, child] of pairs(parents, members))
        this.rows.links.push({ record, parent, child, operation: id });
    };
    keep(cut.prevOperation, below?.members ?? [], prev);
    keep(cut.jumpOperation, jump?.parents ?? [], jump);
    if (cut.base === cut.id) {
      this.rows.snapshots.push({ table: job.touch.snapshots, record, heads: members, state });
      const earlier = below && below.base !== null ? this.cutAt(below.base) : undefined;
      for (const [parent, child] of pairs(earlier?.members ?? [], members)) {
        if (parent !== child) this.rows.snapshotLinks.push({ record, parent, child, operation: null });
      }
    }
    job.base = cut;
  }

  /** The state at a cut that was made or read here. */
  async stateOf(cut: CutRow, table: string): Promise<State> {
    const kept = this.keptState(cut.id);
    if (kept) return kept.state;
    // Of what was made here everything is at hand; what is stored is read.
    const way: (readonly Effect[])[] = [];
    let from: CutRow | null = cut;
    let start: { readonly state: State } | undefined;
    for (let made = this.made.get(cut.id); from && !start && made; made = from ? this.made.get(from.id) : undefined) {
      way.push(stepOf(made, made.jump !== undefined));
      from = await this.cut(made.jump ? from.jump : from.prev);
      start = from ? this.keptState(from.id) : { state: undefined };
    }
    const [read] = start || !from ? [undefined] : await this.source.states([from], table);
    const state = way.reduceRight<State>((before, effects) => applyAll(before, effects), start?.state ?? read);
    this.states.set(cut.id, { state });
    return state;
  }

  /** The effects that lead from a cut to one above it, by the longest coalesced ones. */
  private async wayBetween(upper: CutRow, lower: CutRow, table: string): Promise<Effect[]> {
    const pieces: (readonly Effect[])[] = [];
    let at = upper;
    while (at.id !== lower.id) {
      const detail = this.wayTo(at.id);
      if (!detail) {
        const [rest] = await this.source.effects([{ record: at.record, from: at.id, to: lower.id }], table);
        pieces.push(rest!);
        break;
      }
      const jumps = detail.jump !== undefined && (at.jumpRank ?? 0) >= lower.rank;
      pieces.push(stepOf(detail, jumps));
      at = (await this.cut(jumps ? at.jump : at.prev))!;
    }
    return pieces.reverse().flat();
  }
}

/** A cut is named that is not there. */
export class MissingCut extends Error {
  constructor(cut: CutId) {
    super(`The cut ${cut} is missing: run omdb verify --repair.`);
  }
}

interface Coalesced {
  readonly effect: Effect;
  readonly bytes: number;
}

/** What leads to a cut from the one that it jumps to, or from the one below. */
function stepOf({ jump, prev, segment }: MadeCut, jumps: boolean): readonly Effect[] {
  if (jumps && jump) return [jump];
  return prev ? [prev] : segment;
}

function standingKey(record: RecordId, cut: CutId | null): string {
  return `${record} ${cut ?? ""}`;
}
