/** The sizes of buckets in words. */
import { BUCKETS, type Bucket } from "../types";
import type { ReportWords } from "../words";

export function bucketWords(bucket: string, t: ReportWords): string {
  const known = BUCKETS.find((name): name is Bucket => name === bucket);
  return known === undefined ? bucket : t(`report:bucket.${known}`);
}
