/** Bodies of requests, where the types that are made of the server's description are narrower than what it takes. */
import type { Schemas } from "../api/client";
import type { Definition } from "../report/types";

/** A change that leaves members out: they stay as they are, though the types want those that have a default. */
export function partOf<Body>(part: Partial<Body>): Body {
  return part as Body;
}

/** A definition, whose names are the server's to check. */
export function asked(definition: Definition): Schemas["ReportDefinition"] {
  return definition as unknown as Schemas["ReportDefinition"];
}
