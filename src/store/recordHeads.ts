/** The records' own versions at any version: their maximal commits in its history, found from the newest on. */
import { versionKey, type Antichain } from "../core/antichain";
import type { Past } from "../core/commitGraph";
import { isInHistory, pastOf } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import { nodesOf } from "../core/plainNodes";
import type { Sql } from "./database";
import type { Store } from "./store";

export interface HeadsRequest {
  readonly record: RecordId;
  readonly version: Antichain;
}

/** How many of a record's commits are looked at first; then ever more, since few records need more than the first ones. */
const FIRST = 4;
const GROWTH = 8;
const MOST = 4_096;
/** How many commits may lie between a version and a record's heads for a walk to tell that there are no others. */
const WALKED = 50_000;

/** One record while it is looked for. */
interface Search extends HeadsRequest {
  readonly heads: CommitId[];
  /** Everything after this in canonical order has been looked at. */
  time: number;
  commit: CommitId;
}

/**
 * Reads heads, ascending, in one query for most records whatever their number and the length of their histories.
 * @returns one list for each request, in order; empty for a record that the version does not know
 */
export async function readHeadsAt(store: Store, sql: Sql, requests: readonly HeadsRequest[]): Promise<CommitId[][]> {
  await store.commits.ensure(requests.flatMap(({ version }) => version));
  const { graph } = store.commits;
  const histories = new Histories(store);
  const searches = requests.map(({ record, version }): Search => {
    const time = version.reduce((latest, commit) => Math.max(latest, graph.logicalTime(commit)), -1);
    return { record, version, heads: [], time, commit: Number.MAX_SAFE_INTEGER };
  });
  let open = searches.filter(({ version }) => version.length > 0);
  for (let limit = FIRST; open.length > 0; limit = Math.min(MOST, limit * GROWTH)) {
    const found = await readBefore(sql, open, limit);
    open = open.filter((search, place) => {
      const rows = found[place]!;
      for (const { commit, time } of rows) {
        Object.assign(search, { commit, time });
        if (!histories.has(search.version, commit) || isInHistory(graph, commit, search.heads)) continue;
        search.heads.push(commit);
      }
      return rows.length === limit && !histories.covers(search);
    });
  }
  return searches.map(({ heads }) => heads.sort((a, b) => a - b));
}

/** Whether a commit of a record, the newest that is not after a version's only member, is the record's only head there. */
export function isOnlyHead(store: Store, { record, version }: HeadsRequest, head: CommitId): boolean {
  const histories = new Histories(store);
  const time = store.commits.graph.has(head) ? store.commits.graph.logicalTime(head) : 0;
  return histories.has(version, head) && histories.covers({ record, version, heads: [head], time, commit: head });
}

interface Row {
  readonly commit: CommitId;
  readonly time: number;
}

// One row for each place: the many short ones cost more on their way than in the tables.
const BEFORE = `
  select w.place, e.rows
  from unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[]) as w(place, record, time, "commit")
  cross join lateral (
    select json_agg(json_build_array(r."commit", r.logical_time) order by r.logical_time desc, r."commit" desc) as rows from (
      select r."commit", r.logical_time from omdb.record_commits r
      where r.record = w.record and (r.logical_time, r."commit") < (w.time, w."commit")
      order by r.logical_time desc, r."commit" desc limit $5
    ) r
  ) e
  where e.rows is not null`;

const ONE_BEFORE = `
  select r."commit", r.logical_time as time from omdb.record_commits r
  where r.record = $1::uuid and (r.logical_time, r."commit") < ($2::bigint, $3::bigint)
  order by r.logical_time desc, r."commit" desc limit $4`;

/** For each search the next commits of the record, the newest first. */
async function readBefore(sql: Sql, searches: readonly Search[], limit: number): Promise<Row[][]> {
  const [only] = searches;
  if (only && searches.length === 1) {
    const values = [only.record, only.time, only.commit, limit];
    return [(await sql.query<Row>({ name: "omdb record head", text: ONE_BEFORE, values })).rows];
  }
  const values = [
    searches.map((_, place) => place),
    searches.map(({ record }) => record),
    searches.map(({ time }) => time),
    searches.map(({ commit }) => commit),
    limit,
  ];
  const { rows } = await sql.query<{ place: number; rows: [CommitId, number][] }>({
    name: "omdb record heads",
    text: BEFORE,
    values,
  });
  const byPlace = searches.map((): Row[] => []);
  for (const { place, rows: own } of rows) byPlace[place] = own.map(([commit, time]) => ({ commit, time }));
  return byPlace;
}

/** The histories of versions, as far as they are asked for. */
class Histories {
  private readonly pasts = new Map<string, Past>();
  private readonly apart = new Map<string, number | undefined>();

  constructor(private readonly store: Store) {}

  has(version: Antichain, commit: CommitId): boolean {
    const { graph } = this.store.commits;
    // All commits of the history are in the graph.
    if (!graph.has(commit)) return false;
    const nodes = nodesOf(graph);
    const key = versionKey(version);
    let past = this.pasts.get(key);
    if (!past) {
      past = pastOf(
        nodes,
        version.map((member) => nodes.node(member)),
      );
      this.pasts.set(key, past);
    }
    return past.has(nodes.node(commit));
  }

  /** Whether no commit of the history that has not been looked at can be a head beside those that were found. */
  covers({ version, heads, time }: Search): boolean {
    if (heads.length === 0) return false;
    const key = `${versionKey(version)} ${heads.join()}`;
    if (!this.apart.has(key)) this.apart.set(key, this.earliestApart(version, heads));
    const earliest = this.apart.get(key);
    return earliest !== undefined && earliest > time;
  }

  /** The least logical time of the commits that a version has beside the histories of some; undefined: they are too many. */
  private earliestApart(version: Antichain, heads: readonly CommitId[]): number | undefined {
    const nodes = nodesOf(this.store.commits.graph);
    const past = pastOf(
      nodes,
      heads.map((head) => nodes.node(head)),
    );
    const apart = nodes.apart(
      version.map((member) => nodes.node(member)),
      past,
      WALKED,
    );
    return apart?.reduce((earliest, node) => Math.min(earliest, nodes.logicalTime(node)), Infinity);
  }
}
