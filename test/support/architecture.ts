/** Reads the imports of the sources and judges them: which folder may know which, and what the core may not touch. */
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";

/** From the inside out: each may import those before it. */
const FOLDERS = ["core", "store", "live", "graphql", "server", "cli"];
/** For other programs: imports nothing, and nobody imports it. */
const APART = "client";
/** Made by `prisma generate`; nobody's to judge, and leaves of the graph. */
const GENERATED = /^(store\/prisma\/|graphql\/prisma\.ts$)/;
const READS_ENVIRONMENT = "server/configuration.ts";

/** What the core may import: libraries that only compute. */
const PURE_LIBRARIES = /^(ajv|ajv-formats|re2js)($|\/)/;
/** Clock, randomness, and everything that reaches out of a computation. */
const IMPURE_GLOBALS = new Set(
  (
    "Date performance crypto process require module console fetch globalThis global Buffer WebSocket " +
    "setTimeout setInterval setImmediate queueMicrotask structuredClone"
  ).split(" "),
);

/**
 * What is wrong with these sources, one line each.
 * @param sources text by path below `src`, with forward slashes
 */
export function findViolations(sources: ReadonlyMap<string, string>): string[] {
  const judged = [...sources].filter(([file]) => !GENERATED.test(file));
  const parsed = judged.map(([file, text]) => ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  const edges = new Map(parsed.map((source) => [source.fileName, importsOf(source)]));
  return [
    ...judged.flatMap(([file]) => judgeName(file)),
    ...parsed.flatMap((source) =>
      (edges.get(source.fileName) ?? []).flatMap((to) => judgeImport(source.fileName, to, sources)),
    ),
    ...parsed.flatMap(judgeCode),
    ...findCycles(edges, sources),
  ];
}

const folderOf = (file: string): string => file.split("/")[0] ?? "";

function judgeName(file: string): string[] {
  if (![...FOLDERS, APART].includes(folderOf(file)) || !file.includes("/"))
    return [`${file}: stands in no folder of the architecture`];
  if (/(^|\/)(index|utils?|helpers?)\.ts$/.test(file))
    return [`${file}: is named after no field's word for what it holds`];
  return [];
}

/** Module specifiers as written: of imports, exports, `import()`, `require()` and types. */
function importsOf(source: ts.SourceFile): string[] {
  const found: string[] = [];
  visit(source, (node) => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isExternalModuleReference(node)
          ? node.expression
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : ts.isCallExpression(node) && isImportCall(node)
              ? node.arguments[0]
              : undefined;
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push(specifier.text);
  });
  return found;
}

const isImportCall = ({ expression }: ts.CallExpression): boolean =>
  expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === "require");

/** The file below `src` that a relative specifier means; undefined for libraries. */
function resolve(from: string, specifier: string, sources: ReadonlyMap<string, string>): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const base = path.posix.join(path.posix.dirname(from), specifier).replace(/\.js$/, "");
  return [`${base}.ts`, base, `${base}/index.ts`].find((candidate) => sources.has(candidate)) ?? base;
}

function judgeImport(from: string, specifier: string, sources: ReadonlyMap<string, string>): string[] {
  const folder = folderOf(from);
  const to = resolve(from, specifier, sources);
  if (folder === APART || (to !== undefined && folderOf(to) === APART)) {
    return to !== undefined && folderOf(to) === folder ? [] : [`${from}: ${folder} must not import ${to ?? specifier}`];
  }
  if (to === undefined) {
    const builtin = specifier.startsWith("node:") || builtinModules.includes(specifier);
    if (folder === "core" && (builtin || !PURE_LIBRARIES.test(specifier)))
      return [`${from}: the core must not import ${specifier}`];
    if (/^(node:)?process$/.test(specifier)) return [`${from}: must not import ${specifier}`];
    return [];
  }
  if (to.startsWith(".."))
    return /\.json$/.test(specifier) ? [] : [`${from}: must not import ${specifier}, outside the sources`];
  if (FOLDERS.indexOf(folderOf(to)) <= FOLDERS.indexOf(folder)) return [];
  return [`${from}: ${folder} must not import ${folderOf(to)} (${to})`];
}

function judgeCode(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const report = (node: ts.Node, what: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${source.fileName}:${line + 1}: ${what}`);
  };
  visit(source, (node) => {
    if (source.fileName !== READS_ENVIRONMENT && readsEnvironment(node)) report(node, "reads process.env");
    if (folderOf(source.fileName) !== "core") return;
    if (ts.isIdentifier(node) && IMPURE_GLOBALS.has(node.text) && isFree(node))
      report(node, `the core must not use ${node.text}`);
    if (ts.isPropertyAccessExpression(node) && node.getText() === "Math.random")
      report(node, "the core must not use Math.random");
  });
  return found;
}

/** `process.env`, `process["env"]`, or `const { env } = process`. */
function readsEnvironment(node: ts.Node): boolean {
  const isProcess = (expression: ts.Expression | undefined): boolean =>
    expression !== undefined && /^(globalThis\.|global\.)?process$/.test(expression.getText());
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === "env";
  if (ts.isElementAccessExpression(node)) return isProcess(node.expression);
  return ts.isVariableDeclaration(node) && isProcess(node.initializer);
}

/** Whether a name stands for a value or type from outside, not for a member or something declared here. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  const declares = "name" in parent && parent.name === node;
  const namesMember = "propertyName" in parent && parent.propertyName === node;
  return !(declares && !ts.isShorthandPropertyAssignment(parent)) && !namesMember;
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** Every file that can reach itself, as one line for each cycle that a walk in depth meets. */
function findCycles(edges: ReadonlyMap<string, readonly string[]>, sources: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push(`cycle: ${[...trail.slice(start), file].join(" → ")}`);
    if (start >= 0 || done.has(file)) return;
    for (const specifier of edges.get(file) ?? []) {
      const to = resolve(file, specifier, sources);
      if (to !== undefined) walk(to, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}
