/** The code and the catalogue fit: what the code asks for is there, all that is there is asked for, and no text stands in the code. */
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { leavesOf, withoutPlural } from "./leaves";

/** What the code asks for: a text by its name, or all that a template may name. */
interface Asked {
  file: string;
  /** As it stands in the code. */
  name: string;
  matches: (path: string) => boolean;
}

const modules = import.meta.glob<string>(["../**/*.{ts,tsx}", "!./**", "!../**/*.test.*", "!../**/*.gen.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const files = Object.entries(modules).map(([path, text]) => ({
  path: path.replace("../", "src/"),
  text,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
}));
type File = (typeof files)[number];

const known = [...new Set([...leavesOf(en).keys()].map(withoutPlural))];
const areas = Object.keys(en);

/** The functions of a file that give texts, by their names, with the areas that they look in. */
function translatorsOf({ text }: File): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (name: string, within: readonly string[]): void => {
    found.set(name, new Set([...(found.get(name) ?? []), ...within]));
  };
  const named = (words: string | undefined): string[] => [...(words ?? "").matchAll(/"(\w+)"/g)].map(([, area]) => area ?? "");
  const ofReports = ["report", "fields", "common"];
  for (const [, binding, within] of text.matchAll(/\{([^{}]*)\} = useTranslation\(([^)]*)\)/g)) {
    add(/\bt: (\w+)/.exec(binding ?? "")?.[1] ?? "t", within === "" ? ["common"] : named(within));
  }
  for (const [, name = "", within] of text.matchAll(/(\w+) = useTranslation\(([^)]*)\)\.t\b/g)) add(name, within === "" ? ["common"] : named(within));
  for (const [, name = "", within] of text.matchAll(/(\w+): TFunction<([^>]*)>/g)) add(name, named(within));
  const [, alias, within] = /type (\w+) = TFunction<([^>]*)>/.exec(text) ?? [];
  if (alias !== undefined) for (const [, name = ""] of text.matchAll(new RegExp(`(\\w+): ${alias}\\b`, "g"))) add(name, named(within));
  if (/\buseWords\(\)/.test(text)) add("t", ofReports);
  for (const [, name = ""] of text.matchAll(/(\w+): ReportWords\b/g)) add(name, ofReports);
  return found;
}

const isPlain = (node: ts.Node): node is ts.StringLiteralLike => ts.isStringLiteralLike(node);
const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** What a text or a template asks for, in these areas; with `end`, what lies below it. */
function askedBy(node: ts.Expression, within: Iterable<string>, file: File, end = ""): Asked | null {
  if (!isPlain(node) && !ts.isTemplateExpression(node)) return null;
  const name = isPlain(node) ? node.text : [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("*");
  const paths = /^\w+:/.test(name) ? [name] : [...within].map((area) => `${area}:${name}`);
  const patterns = paths.map((path) => new RegExp(`^${path.split("*").map(escaped).join("[^.:]+")}${end}$`));
  return { file: file.path, name, matches: (path) => patterns.some((pattern) => pattern.test(path)) };
}

/** The texts and templates that an expression may come to. */
function outcomes(node: ts.Expression): ts.Expression[] {
  if (ts.isConditionalExpression(node)) return [...outcomes(node.whenTrue), ...outcomes(node.whenFalse)];
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return outcomes(node.expression);
  return [node];
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/**
 * What the calls of a file ask for; and the names of texts that stand elsewhere in it, as in a table that is looked into. Of
 * these only such with a dot or an area are no accident.
 */
function wordsIn(file: File): { called: Asked[]; told: Asked[] } {
  const translators = translatorsOf(file);
  const own = new Set([...translators.values()].flatMap((within) => [...within]));
  const called = new Map<ts.Node, Asked>();
  const told: Asked[] = [];
  visit(file.tree, (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const [first, options] = node.arguments;
      const within = translators.get(node.expression.text);
      const end = options?.getText().includes("returnObjects") === true ? "\\..+" : "";
      for (const outcome of first === undefined || within === undefined ? [] : outcomes(first)) {
        const asked = askedBy(outcome, within ?? [], file, end);
        if (asked !== null) called.set(outcome, asked);
      }
    } else if (!called.has(node) && (isPlain(node) || ts.isTemplateExpression(node))) {
      const asked = askedBy(node, own.size > 0 ? own : areas, file);
      if (asked !== null && /^(\w+:)?\w+\./.test(asked.name)) told.push(asked);
    }
  });
  return { called: [...called.values()], told };
}

/** Texts that stand in the code itself. */
function textsIn({ path, tree }: File): string[] {
  const found: string[] = [];
  visit(tree, (node) => {
    const text = ts.isJsxText(node) ? node.text.trim() : ts.isJsxAttribute(node) ? shownBy(node) : "";
    if (/\p{L}/u.test(text)) found.push(`${path}: ${text}`);
  });
  return found;
}

/** Attributes that are shown or read out. */
const SHOWN = ["about", "advice", "alt", "aria-label", "description", "error", "hint", "label", "placeholder", "title", "what", "word"];

/** The text that an attribute shows; an example of an address or an id is none. */
function shownBy({ name, initializer }: ts.JsxAttribute): string {
  if (initializer === undefined || !SHOWN.includes(name.getText())) return "";
  const value = ts.isJsxExpression(initializer) ? initializer.expression : initializer;
  return value !== undefined && isPlain(value) && /^\p{Lu}|\p{L} \p{L}/u.test(value.text) ? value.text : "";
}

describe("the words of the page", () => {
  const words = files.map(wordsIn);
  const called = words.flatMap((of) => of.called);

  it("are there where the code asks for them", () => {
    expect(called.length).toBeGreaterThan(500);
    const missing = called.filter(({ matches }) => !known.some(matches));
    expect(missing.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });

  it("are all asked for", () => {
    const asked = [...called, ...words.flatMap(({ told }) => told)];
    expect(known.filter((path) => !asked.some(({ matches }) => matches(path)))).toEqual([]);
  });

  it("stand in the catalogue only", () => {
    expect(files.flatMap(textsIn)).toEqual([]);
  });
});
