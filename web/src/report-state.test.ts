import { expect, it } from "vitest";
import { Failure } from "./failure";
import { ROWS, answerOf } from "./fixtures";
import { NOTHING_YET, advance } from "./report-state";

const [mara, jonas] = ROWS;
if (mara === undefined || jonas === undefined) throw new Error("there are two rows");
const first = answerOf([mara], { total: 2, next_cursor: "c1" });
const ready = advance(NOTHING_YET, { type: "answered", answer: first });

it("a first page is what is shown", () => {
  expect(ready).toEqual({ answer: first, failure: null, asking: null });
});

it("a next page is added, and keeps what the first said of the snapshot", () => {
  const next = answerOf([jonas], { total: 2, watermark: { complete_to: null, seq: 99, sources: [] } });
  const both = advance(advance(ready, { type: "next_asked" }), { type: "answered", answer: next });
  expect(both.answer?.rows).toEqual([mara, jonas]);
  expect(both.answer?.next_cursor).toBeNull();
  expect(both.answer?.watermark).toEqual(first.watermark);
});

it("old rows stay while new ones are asked for, and go when that fails", () => {
  const asking = advance(ready, { type: "first_asked" });
  expect(asking).toEqual({ answer: first, failure: null, asking: "first" });
  const failure = new Failure(422);
  expect(advance(asking, { type: "failed", failure })).toEqual({ answer: null, failure, asking: null });
});

it("a next page that fails leaves the rows", () => {
  const failure = new Failure(null);
  const failed = advance(advance(ready, { type: "next_asked" }), { type: "failed", failure });
  expect(failed).toEqual({ answer: first, failure, asking: null });
});
