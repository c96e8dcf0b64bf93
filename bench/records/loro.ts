/** The same record in Loro: a map in memory, whose old versions are checked out. */
import { LoroDoc, type LoroMap } from "loro-crdt";
import type { Effect } from "../../src/core/operation";
import { membersSet, type OldStates } from "./oldStates";

export function loroRecord(effects: readonly Effect[]): OldStates {
  const doc = new LoroDoc();
  doc.setPeerId("1");
  const map: LoroMap = doc.getMap("record");
  const counts: number[] = [];
  for (const effect of effects) {
    for (const [name, value] of membersSet(effect, (held) => map.get(held))) map.set(name, value);
    doc.commit();
    counts.push(doc.version().toJSON().get("1") ?? 0);
  }
  return {
    stateAt: (place) => {
      doc.checkout([{ peer: "1", counter: counts[place]! - 1 }]);
      return doc.getMap("record").toJSON() as unknown;
    },
  };
}
