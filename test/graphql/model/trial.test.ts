/** What a preview of a merge shows of the merged view, with and without a resolution that is tried. */
import { commit, defineType, testApi, type TestApi } from "../../support/graphql";

const [A, B, C] = ["a", "b", "c"].map((letter) => `0190aaaa-0000-7000-8000-00000000000${letter}`) as [
  string,
  string,
  string,
];

const PREVIEW = /* GraphQL */ `
  query ($versions: [VersionInput!]!, $resolution: [OperationInput!], $record: UUID!) {
    mergePreview(versions: $versions, resolution: $resolution) {
      compatible
      conflicts {
        totalCount
      }
      records {
        totalCount
        nodes {
          id
          record {
            uuid
            type {
              name
            }
          }
          before {
            id
            state
          }
          after {
            id
            state
          }
          patch
        }
      }
      view {
        id
        record(uuid: $record) {
          id
          state
        }
        recordsByUuid(uuids: [$record]) {
          state
        }
        byName: records(type: "thing", orderBy: [{ path: ["name"] }], where: { exists: { path: ["name"] } }) {
          totalCount
          nodes {
            state
          }
        }
        firstOnly: records(type: "thing", first: 1) {
          nodes {
            state
          }
          pageInfo {
            hasNextPage
          }
        }
      }
    }
  }
`;

//     B    name of A is "b", and C comes to be
//    /
//   A-C    name of A is "c" where it was "a"; B is removed
let api: TestApi;
let versions: object[];
beforeAll(async () => {
  api = await testApi();
  await defineType(api, "thing");
  const create = (record: string, name: string) => ({ create: { record, type: "thing", value: { name } } });
  const base = (await commit(api, [create(A, "a"), create(B, "z")])).commit.number;
  await api.run(
    `mutation ($from: BigInt!) { createFrontier(input: { name: "side", from: { commit: $from } }) { __typename } }`,
    {
      from: base,
    },
  );
  await commit(api, [{ put: { record: A, path: ["name"], value: "b" } }, create(C, "new")]);
  const was = { equals: { path: ["name"], value: "a" } };
  await commit(
    api,
    [{ put: { record: A, path: ["name"], value: "c", predicates: [was] } }, { remove: { record: B, path: [] } }],
    {
      frontier: "side",
    },
  );
  versions = [{ frontier: "main" }, { frontier: "side" }];
});

const preview = async (variables: object) =>
  (await api.run(PREVIEW, { versions, record: A, ...variables })).mergePreview;
const settle = { put: { record: A, path: ["name"], value: "both" } };
const state = (name: string) => ({ state: { name } });

test("in conflict there is neither a view nor a list of what would change", async () => {
  expect(await preview({})).toMatchObject({
    compatible: false,
    conflicts: { totalCount: 1 },
    records: null,
    view: null,
  });
});

test("a resolution is tried on the merged view, and nothing of it is stored", async () => {
  const before = await api.run(`{ commits { totalCount } frontier { sequence } }`);
  const found = await preview({ resolution: [settle] });
  expect(found).toMatchObject({
    compatible: true,
    conflicts: { totalCount: 0 },
    records: {
      totalCount: 2,
      nodes: [
        {
          record: { uuid: A },
          before: state("b"),
          after: state("both"),
          patch: [{ op: "replace", path: "/name", value: "both" }],
        },
        { record: { uuid: B }, before: state("z"), after: { state: null }, patch: [{ op: "remove", path: "" }] },
      ],
    },
    view: {
      record: state("both"),
      recordsByUuid: [state("both")],
      byName: { totalCount: 2, nodes: [state("both"), state("new")] },
      firstOnly: { nodes: [state("both")], pageInfo: { hasNextPage: true } },
    },
  });
  expect(await api.run(`{ commits { totalCount } frontier { sequence } }`)).toEqual(before);
  // What is only tried has ids of its own, which lead nowhere.
  const [change] = found.records.nodes;
  const ids = [found.view.id, found.view.record.id, change.id, change.after.id];
  const { nodes } = await api.run(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids });
  expect(nodes).toEqual([null, null, null, null]);
  expect((await preview({ resolution: [{ put: { ...settle.put, value: "other" } }] })).view.id).not.toBe(found.view.id);
});

test("a resolution may make records and remove what is gone", async () => {
  const record = "0190aaaa-0000-7000-8000-0000000000ff";
  const create = { create: { record, type: "thing", value: { name: "made" } } };
  const found = await preview({ record, resolution: [settle, create, { remove: { record: B, path: [] } }] });
  expect(found).toMatchObject({
    compatible: true,
    records: { totalCount: 3 },
    view: { record: state("made"), byName: { totalCount: 3 } },
  });
  expect(found.records.nodes[2]).toMatchObject({
    record: { uuid: record, type: { name: "thing" } },
    before: null,
    after: state("made"),
    patch: [{ op: "add", path: "", value: { name: "made" } }],
  });
  expect((await api.run(`query ($r: UUID!) { record(uuid: $r) { id } }`, { r: record })).record).toBeNull();
});

test("where nothing conflicts the view is that of the versions together", async () => {
  const tip = (await api.run(`{ frontier { commits { number } } }`)).frontier.commits[0].number;
  const base = (await api.run(`query ($n: BigInt!) { commit(number: $n) { parents { number } } }`, { n: tip })).commit
    .parents[0];
  const found = await preview({ versions: [{ commit: base.number }, { commit: tip }] });
  expect(found).toMatchObject({
    compatible: true,
    records: { totalCount: 2 },
    view: { id: `View:${tip}`, record: state("b") },
  });
});

test("blame tells whose the values are that a trial leaves, and of what it changes nothing", async () => {
  const document = `query ($versions: [VersionInput!]!, $resolution: [OperationInput!], $record: UUID!) {
    mergePreview(versions: $versions, resolution: $resolution) {
      view { record(uuid: $record) { state blame { nodes { path value operation { operation } } } } } } }`;
  const added = { put: { record: A, path: ["more"], value: 1 } };
  const blamed = async (resolution: object[], record: string) =>
    (await api.run(document, { versions, resolution, record })).mergePreview.view.record;
  expect(await blamed([settle, added], A)).toEqual({ state: { name: "both", more: 1 }, blame: { nodes: [] } });
  const kept = { put: { record: A, path: ["name"], value: "c" } };
  expect(await blamed([kept, added], A)).toEqual({
    state: { name: "c", more: 1 },
    blame: { nodes: [{ path: ["name"], value: "c", operation: { operation: "put" } }] },
  });
  const replaced = { put: { record: C, path: ["name"], value: "newer" } };
  expect(await blamed([settle, replaced], C)).toMatchObject({ blame: { nodes: [] } });
});
