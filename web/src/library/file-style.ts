/** The formats of files, and how a CSV is written. */
export const FORMATS = ["csv", "xlsx", "ndjson", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

export interface FileStyle {
  format: Format;
  raw: boolean;
  bom: boolean;
}

export const PLAIN_FILE: FileStyle = { format: "csv", raw: false, bom: false };
