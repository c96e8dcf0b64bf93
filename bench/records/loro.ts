/** The same record in Loro: a map in memory, whose old versions are checked out. */
import { LoroDoc, type LoroMap } from "loro-crdt";
import type { Json, JsonObject } from "../../src/core/json";
import type { Effect } from "../../src/core/operation";

export interface LoroRecord {
  /** The state after the operation at a place. */
  stateAt(place: number): unknown;
}

export function loroRecord(effects: readonly Effect[]): LoroRecord {
  const doc = new LoroDoc();
  doc.setPeerId("1");
  const map: LoroMap = doc.getMap("record");
  const counts: number[] = [];
  for (const { path, operation, parameters } of effects) {
    const { value, by } = parameters as { value?: Json; by?: number };
    const [name] = path as [string];
    if (operation === "create") for (const [member, held] of Object.entries(value as JsonObject)) map.set(member, held);
    else if (operation === "put") map.set(name, value);
    else map.set(name, (map.get(name) as number) + by!);
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
