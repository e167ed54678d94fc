/** A report as a file, in this browser. */
import { saveFrom } from "../ui/save-file";
import { asked } from "./ask";
import type { Definition } from "./types";

export const FILE_FORMATS = ["csv", "xlsx", "ndjson", "parquet"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

const MEDIA_TYPES: Record<FileFormat, string> = {
  csv: "text/csv",
  ndjson: "application/x-ndjson",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  parquet: "application/vnd.apache.parquet",
};

export interface Wish {
  question?: "rows" | "groups" | "signed_in";
  raw?: boolean;
  bom?: boolean;
}

/** Fetches all rows, groups or days as a file, and has the browser save it. Gives the file's name. */
export async function download(definition: Definition, format: FileFormat, { question = "rows", raw = false, bom = false }: Wish = {}): Promise<string> {
  const route = { rows: "query", groups: "groups", signed_in: "signed_in" }[question];
  const depth = question === "groups" ? { depth: definition.group_by?.length ?? 1 } : {};
  return await saveFrom(`/api/v1/reports/${definition.report}/${route}`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: MEDIA_TYPES[format] },
    body: JSON.stringify({ ...asked(definition), ...depth, ...(raw ? { raw } : {}), ...(bom ? { bom } : {}) }),
  });
}
