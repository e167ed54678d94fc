/** Sends a file of agents, and reads what the server has against it. */
import { type Schemas, api, told } from "../../api/client";
import type { Failure } from "../../api/failure";

/** The server takes these at most. */
export const MAX_BYTES = 8 * 1024 * 1024;

export type FileKind = "text/csv" | "application/json";

/** What a file is, by its name; null if neither. */
export function kindOf(name: string): FileKind | null {
  if (/\.(csv|txt)$/i.test(name)) return "text/csv";
  return /\.json$/i.test(name) ? "application/json" : null;
}

/** Its bytes are sent as they are, so that the server tells if they are not UTF-8. */
export async function sendFile(file: Blob, kind: FileKind): Promise<Schemas["ImportAnswer"]> {
  return told(
    api.POST("/api/v1/directory/import", {
      body: "",
      bodySerializer: () => file,
      headers: { "content-type": kind },
    }),
  );
}

/** What is wrong in a file, and where. */
export interface Rejected {
  /** Which agent of the file, from 0 on. */
  index: number;
  /** 0 in JSON. */
  line: number;
  field: string | null;
  reason: string;
}

/** The agents that were refused, if that is what went wrong; of many only the first. */
export function rejectedIn(failure: Failure): { rejected: Rejected[]; total: number } | null {
  const problem: object = failure.problem;
  if (!("rejected" in problem) || !Array.isArray(problem.rejected)) return null;
  const rejected = problem.rejected as Rejected[];
  return { rejected, total: "rejected_total" in problem ? Number(problem.rejected_total) : rejected.length };
}
