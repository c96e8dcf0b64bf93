/** The same record in Automerge: a document in memory, which is viewed at its old heads. */
import { change, getHeads, init, toJS, view, type Heads } from "@automerge/automerge";
import type { Json } from "../../src/core/json";
import type { Effect } from "../../src/core/operation";
import { membersSet, type OldStates } from "./oldStates";

export function automergeRecord(effects: readonly Effect[]): OldStates {
  let doc = init<Record<string, Json>>({ actor: "01" });
  const heads: Heads[] = [];
  for (const effect of effects) {
    doc = change(doc, { time: 0 }, (record) => {
      for (const [name, value] of membersSet(effect, (held) => record[held])) record[name] = value;
    });
    heads.push(getHeads(doc));
  }
  return { stateAt: (place) => toJS(view(doc, heads[place]!)) };
}
