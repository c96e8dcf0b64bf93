/** Reads as much of a document as tells where its subscription begins, without depending on a parser. */

export interface RootField {
  readonly name: string;
  /** The variable that is its argument `after`. */
  readonly after: string | undefined;
  /** Whether a field `cursor` is selected anywhere. */
  readonly hasCursor: boolean;
}

/** Block strings, strings, comments, numbers, names of any kind, and what stands for itself. */
const TOKEN = /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*|\.\.\.|-?\d[\w.+-]*|[$@]?\w+|[^\s,\uFEFF]/g;

interface Definition {
  /** `query`, `subscription`, `fragment`, ... */
  readonly kind: string | undefined;
  readonly name: string | undefined;
  /** Where its selection opens. */
  readonly opens: number;
}

/** The root field of a document's subscription; undefined where the operation is none, or cannot be read. */
export function rootFieldOfSubscription(document: string, operationName?: string | null): RootField | undefined {
  const tokens = (document.match(TOKEN) ?? []).filter((token) => !token.startsWith("#"));
  const definitions = definitionsOf(tokens);
  const operations = definitions.filter(({ kind }) => kind !== "fragment");
  const operation = operationName ? operations.find(({ name }) => name === operationName) : operations[0];
  if (operation?.kind !== "subscription") return undefined;
  const place = firstField(tokens, operation.opens, definitions);
  if (place === undefined) return undefined;
  return { name: tokens[place]!, after: variableOfAfter(tokens, place + 1), hasCursor: tokens.includes("cursor") };
}

function definitionsOf(tokens: readonly string[]): Definition[] {
  const definitions: Definition[] = [];
  for (let place = 0; place < tokens.length;) {
    const opens = selectionFrom(tokens, place);
    definitions.push({ kind: tokens[place], name: tokens[place + 1], opens });
    place = endOf(tokens, opens);
  }
  return definitions;
}

/** Where the selection opens; variables and arguments may have braces of their own. */
function selectionFrom(tokens: readonly string[], start: number): number {
  let place = start;
  while (place < tokens.length && tokens[place] !== "{") {
    place = tokens[place] === "(" ? endOf(tokens, place) : place + 1;
  }
  return place;
}

/** After what is at a place: one token, or all that opens there. */
function endOf(tokens: readonly string[], start: number): number {
  let depth = 0;
  for (let place = start; place < tokens.length; place += 1) {
    if (/^[([{]$/.test(tokens[place]!)) depth += 1;
    else if (/^[)\]}]$/.test(tokens[place]!)) depth -= 1;
    if (depth <= 0) return place + 1;
  }
  return tokens.length;
}

/** Where the name of a selection's first field stands, in a fragment if need be. */
function firstField(tokens: readonly string[], opens: number, definitions: readonly Definition[]): number | undefined {
  const first = opens + 1;
  if (tokens[first] !== "...") return tokens[first + 1] === ":" ? first + 2 : first < tokens.length ? first : undefined;
  const name = tokens[first + 1];
  if (name === "on" || name === "{" || name?.startsWith("@")) {
    return firstField(tokens, selectionFrom(tokens, first), definitions);
  }
  const fragment = definitions.find((definition) => definition.kind === "fragment" && definition.name === name);
  // One that is in itself is refused by the server.
  const others = definitions.filter((definition) => definition !== fragment);
  return fragment && firstField(tokens, fragment.opens, others);
}

function variableOfAfter(tokens: readonly string[], opens: number): string | undefined {
  if (tokens[opens] !== "(") return undefined;
  const closes = endOf(tokens, opens) - 1;
  for (let place = opens + 1; place < closes; place = endOf(tokens, place + 2)) {
    if (tokens[place] === "after") return /^\$(\w+)$/.exec(tokens[place + 2] ?? "")?.[1];
  }
  return undefined;
}
