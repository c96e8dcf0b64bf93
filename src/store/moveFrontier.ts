/** Pointing frontiers at other versions, and deleting them. */
import { InvalidInput } from "../core/errors";
import { exclusive } from "../core/graph";
import { advance } from "./advance";
import { onFrontier } from "./frontierQueue";
import { appendChange, type FrontierChangeRow } from "./frontierLog";
import { lockFrontierRow, refuseLocked, refuseStale } from "./frontiers";
import { endRows } from "./latest";
import { refuseInconsistent } from "./mergeJudgement";
import type { Store } from "./store";
import { recordsOfCommits } from "./recordsOfCommits";
import { readRecords } from "./versionHeads";
import type { Version } from "./versions";

export interface FrontierRequest {
  readonly name: string;
  readonly expectedSequence?: number | null;
  readonly author: string | null;
  readonly message: string | null;
}

/**
 * Points a frontier at another version. What it holds already is no change.
 * @param to in the graph of the store
 * @throws NotFound, Locked, StaleSequence; Conflicted where the version is not consistent
 */
export async function moveFrontier(
  store: Store,
  to: Version,
  request: FrontierRequest,
): Promise<FrontierChangeRow | null> {
  return onFrontier(store.database, request.name, async (sql) => {
    const frontier = await lockFrontierRow(sql, request.name, ["name"]);
    refuseLocked(frontier);
    refuseStale(frontier, request.expectedSequence);
    if (to.commits.join() === frontier.members.join()) return null;
    await refuseInconsistent(store, sql, to);
    await store.commits.ensure(frontier.members);
    const { graph } = store.commits;
    const apart = [
      ...exclusive(graph, to.commits, frontier.members),
      ...exclusive(graph, frontier.members, to.commits),
    ];
    const records = frontier.materialised ? await recordsOfCommits(sql, apart) : [];
    const changed = [...(await readRecords(store, sql, { commits: to.commits }, records)).values()];
    const { author, message } = request;
    return advance(store, sql, frontier, { cause: "MOVE", members: to.commits, author, message, changed });
  });
}

/**
 * Deletes a frontier; its commits stay, and its name goes on counting.
 * @throws NotFound, Locked, StaleSequence; InvalidInput for `main`
 */
export async function deleteFrontier(store: Store, request: FrontierRequest): Promise<FrontierChangeRow> {
  if (request.name === "main") throw new InvalidInput("The frontier main always exists.", ["name"]);
  return onFrontier(store.database, request.name, async (sql) => {
    const frontier = await lockFrontierRow(sql, request.name, ["name"]);
    refuseLocked(frontier);
    refuseStale(frontier, request.expectedSequence);
    const { author, message } = request;
    const change = await appendChange(sql, frontier, { cause: "DELETE", members: [], author, message });
    await endRows(sql, frontier.name, change.sequence);
    return change;
  });
}
