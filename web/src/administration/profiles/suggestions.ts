/** What is known of hierarchies, routing profiles, tags and employee ids: what is offered, and what nothing has. Asks nothing. */
import type { Schemas } from "../../api/client";
import { type PartEntry, tagTexts } from "./scope";

type Agent = Pick<Schemas["AgentAnswer"], "hierarchy" | "routing_profile" | "tags" | "employee_id">;

/** What occurs among recent events. They carry no tags. */
export type Occurring = Partial<Record<"hierarchies" | "routing_profiles" | "employee_ids", string[]>>;

export interface Suggestions {
  texts: Readonly<Record<keyof PartEntry, string[]>>;
  /** Of which all that there is is known, so that another text fits nothing. */
  isWhole: Readonly<Record<keyof PartEntry, boolean>>;
}

export function suggestionsOf(agents: readonly Agent[], occurring: Occurring, hasAllAgents: boolean, hasAllEvents: boolean): Suggestions {
  const of = (texts: (agent: Agent) => string[], more: readonly string[] = []): string[] =>
    [...new Set([...agents.flatMap(texts), ...more])].filter((text) => text !== "").sort();
  const isWhole = hasAllAgents && hasAllEvents;
  return {
    texts: {
      hierarchies: of(({ hierarchy }) => branches(hierarchy ?? ""), occurring.hierarchies?.flatMap(branches)),
      routing_profiles: of(({ routing_profile }) => [routing_profile ?? ""], occurring.routing_profiles),
      tags: of(tagTexts),
      employee_ids: of(({ employee_id }) => [employee_id], occurring.employee_ids),
    },
    isWhole: { hierarchies: isWhole, routing_profiles: isWhole, tags: hasAllAgents, employee_ids: isWhole },
  };
}

/** Those of some texts that nothing known has. */
export function unknownOf({ texts, isWhole }: Suggestions, name: keyof PartEntry, entered: readonly string[]): string[] {
  return isWhole[name] ? entered.filter((text) => !texts[name].includes(text)) : [];
}

/** A place and all that it is under, outermost first. */
function branches(hierarchy: string): string[] {
  const levels = hierarchy.split(" / ");
  return levels.map((_, at) => levels.slice(0, at + 1).join(" / "));
}
