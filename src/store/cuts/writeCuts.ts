/** Writing cuts, coalesced operations, snapshots and what names them. */
import { together, type Sql } from "../database";
import { omdbTable } from "../identifiers";
import { jsonColumn } from "../jsonColumn";
import type { CutRows } from "./cutBuilder";

/** Writes what a builder has made. The commits and their operations are written before. */
export async function writeCuts(sql: Sql, rows: CutRows): Promise<void> {
  // None waits for the one before it, but all are carried out in this order.
  await together(...(rows.cuts.length > 0 ? writeMade(sql, rows) : []), writeEntries(sql, rows));
}

async function writeEntries(sql: Sql, { entries, ancestors }: CutRows): Promise<void> {
  if (entries.length === 0) return;
  await sql.query({
    name: "omdb new record entries",
    text: `with entries as (
       insert into omdb.record_commits (record, "commit", logical_time, cut, loose)
       select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
     )
     insert into omdb.commit_snapshot_ancestors (record, "commit", snapshot)
     select * from unnest($6::uuid[], $7::bigint[], $8::bigint[])`,
    values: [
      entries.map(({ record }) => record),
      entries.map(({ commit }) => commit),
      entries.map(({ logicalTime }) => logicalTime),
      entries.map(({ cut }) => cut),
      entries.map(({ loose }) => loose),
      ancestors.map(({ record }) => record),
      ancestors.map(({ commit }) => commit),
      ancestors.map(({ snapshot }) => snapshot),
    ],
  });
}

/** What commits make only now and then. */
function writeMade(sql: Sql, { cuts, operations, links, snapshots, snapshotLinks }: CutRows): Promise<unknown>[] {
  const sent: Promise<unknown>[] = [];
  const send = (name: string | undefined, text: string, values: unknown[]): void => {
    sent.push(sql.query({ name, text, values }));
  };
  if (operations.length > 0) {
    send(
      "omdb new coalesced operations",
      `insert into omdb.operations (id, predicates, record, path, operation, parameters)
       select id, '[]', record, '[]', 'coalesced', parameters::jsonb
       from rows from (unnest($1::bigint[]), unnest($2::uuid[]), json_array_elements($3::json))
         as data(id, record, parameters)`,
      [
        operations.map(({ id }) => id),
        operations.map(({ record }) => record),
        jsonColumn(operations.map(({ parameters }) => parameters)),
      ],
    );
  }
  send(
    "omdb new cuts",
    `insert into omdb.record_cuts (id, record, members, until, rank, prev, prev_until, jump, jump_rank, ordinal, base,
       base_rank, since, prev_operation, prev_bytes, jump_operation, jump_bytes)
     select id, record, members::bigint[], until, rank, prev, prev_until, jump, jump_rank, ordinal, base,
       base_rank, since, prev_operation, prev_bytes, jump_operation, jump_bytes
     from unnest($1::bigint[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
       $8::bigint[], $9::bigint[], $10::int[], $11::bigint[], $12::bigint[], $13::double precision[], $14::bigint[],
       $15::bigint[], $16::bigint[], $17::bigint[])
       as data(id, record, members, until, rank, prev, prev_until, jump, jump_rank, ordinal, base, base_rank, since,
         prev_operation, prev_bytes, jump_operation, jump_bytes)`,
    [
      cuts.map(({ id }) => id),
      cuts.map(({ record }) => record),
      cuts.map(({ members }) => `{${members.join()}}`),
      cuts.map(({ until }) => until),
      cuts.map(({ rank }) => rank),
      cuts.map(({ prev }) => prev),
      cuts.map(({ prevUntil }) => prevUntil),
      cuts.map(({ jump }) => jump),
      cuts.map(({ jumpRank }) => jumpRank),
      cuts.map(({ ordinal }) => ordinal),
      cuts.map(({ base }) => base),
      cuts.map(({ baseRank }) => baseRank),
      cuts.map(({ since }) => since),
      cuts.map(({ prevOperation }) => prevOperation),
      cuts.map(({ prevBytes }) => prevBytes),
      cuts.map(({ jumpOperation }) => jumpOperation),
      cuts.map(({ jumpBytes }) => jumpBytes),
    ],
  );
  if (links.length > 0) {
    send(
      "omdb new coalesced edges",
      // A pair of commits has one row: another cut with both has its operation in record_cuts alone.
      `insert into omdb.coalesced_operations (record, parent, child, operation)
       select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) on conflict do nothing`,
      [
        links.map(({ record }) => record),
        links.map(({ parent }) => parent),
        links.map(({ child }) => child),
        links.map(({ operation }) => operation),
      ],
    );
  }
  for (const table of new Set(snapshots.map((snapshot) => snapshot.table))) {
    const own = snapshots.filter((snapshot) => snapshot.table === table);
    send(
      undefined,
      // The same commits have the same state, whatever they stand on.
      `insert into ${omdbTable(table)} (record, heads, state)
       select record, heads::bigint[], nullif(state::text, 'null')::jsonb
       from rows from (unnest($1::uuid[]), unnest($2::text[]), json_array_elements($3::json)) as data(record, heads, state)
       on conflict do nothing`,
      [
        own.map(({ record }) => record),
        own.map(({ heads }) => `{${heads.join()}}`),
        jsonColumn(own.map(({ state }) => state ?? null)),
      ],
    );
  }
  if (snapshotLinks.length > 0) {
    send(
      "omdb new snapshot edges",
      `insert into omdb.snapshot_to_snapshot (record, parent, child)
       select * from unnest($1::uuid[], $2::bigint[], $3::bigint[]) on conflict do nothing`,
      [
        snapshotLinks.map(({ record }) => record),
        snapshotLinks.map(({ parent }) => parent),
        snapshotLinks.map(({ child }) => child),
      ],
    );
  }
  return sent;
}
