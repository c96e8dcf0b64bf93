/** The same record in Yjs: a map in memory that forgets nothing, and documents made of its snapshots. */
import * as Y from "yjs";
import type { Effect } from "../../src/core/operation";
import { membersSet, type OldStates } from "./oldStates";

/** @param places at which there are snapshots: to take one at each would be quadratic */
export function yjsRecord(effects: readonly Effect[], places: ReadonlySet<number>): OldStates {
  const doc = new Y.Doc({ gc: false });
  doc.clientID = 1;
  const map = doc.getMap("record");
  const snapshots = new Map<number, Y.Snapshot>();
  for (const [place, effect] of effects.entries()) {
    doc.transact(() => {
      for (const [name, value] of membersSet(effect, (held) => map.get(held))) map.set(name, value);
    });
    if (places.has(place)) snapshots.set(place, Y.snapshot(doc));
  }
  return {
    stateAt: (place) => Y.createDocFromSnapshot(doc, snapshots.get(place)!).getMap("record").toJSON(),
  };
}
