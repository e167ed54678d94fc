/** Which part of the organisation a profile is for, as the API says it and as somebody edits it. */
export interface Part {
  hierarchies: string[];
  routing_profiles: string[];
  tags: Record<string, string>;
  employee_ids: string[];
}

export type Scope = "all" | { parts: Part[] };

/** A part as it is edited: tags are `key=value`. */
export interface PartEntry {
  hierarchies: string[];
  routing_profiles: string[];
  tags: string[];
  employee_ids: string[];
}

export interface ScopeEntry {
  isAll: boolean;
  parts: PartEntry[];
}

export const EMPTY_PART: PartEntry = { hierarchies: [], routing_profiles: [], tags: [], employee_ids: [] };

/** The scope that an answer says. What of a part is left out is empty. */
export function scopeIn(answer: unknown): Scope {
  if (typeof answer !== "object" || answer === null || !("parts" in answer) || !Array.isArray(answer.parts)) return "all";
  return { parts: answer.parts.map((part: Partial<Part>) => ({ hierarchies: [], routing_profiles: [], tags: {}, employee_ids: [], ...part })) };
}

export function entryOf(scope: Scope): ScopeEntry {
  if (scope === "all") return { isAll: true, parts: [EMPTY_PART] };
  return { isAll: false, parts: scope.parts.map((part) => ({ ...part, tags: tagTexts(part) })) };
}

export function scopeOf({ isAll, parts }: ScopeEntry): Scope {
  return isAll ? "all" : { parts: parts.map((part) => ({ ...part, tags: Object.fromEntries(part.tags.map(tagOf)) })) };
}

/** Whether it can be sent: each part says something, and tags have a key and a value. */
export function isComplete({ isAll, parts }: ScopeEntry): boolean {
  return isAll || (parts.length > 0 && parts.every((part) => conditionsOf(part).length > 0 && part.tags.every(isTag)));
}

export function isTag(text: string): boolean {
  return /^[^=]+=./.test(text);
}

/** All that a part names, in one line. */
export function conditionsOf(part: PartEntry): string[] {
  return [...part.hierarchies, ...part.routing_profiles, ...part.tags, ...part.employee_ids];
}

export function tagTexts({ tags }: Pick<Part, "tags">): string[] {
  return Object.entries(tags).map(([key, value]) => `${key}=${value}`);
}

function tagOf(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text.trim(), ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
