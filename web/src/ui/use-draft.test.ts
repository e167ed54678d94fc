/** What is changed in a form, beside the version that it began with. */
import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { useDraft } from "./use-draft";

const version = (tag: string, name: string, size: number) => ({ value: { name, size }, tag });

function drafting() {
  return renderHook((present) => useDraft(present), { initialProps: version("1", "a", 1) });
}

it("takes a newer version over as long as nothing has been entered", () => {
  const { result, rerender } = drafting();
  rerender(version("2", "b", 2));
  expect([result.current.value, result.current.tag, result.current.conflict]).toEqual([{ name: "b", size: 2 }, "2", null]);
});

it("keeps what has been entered when a newer version comes, and the version that it began with", () => {
  const { result, rerender } = drafting();
  act(() => result.current.set({ name: "mine" }));
  rerender(version("2", "b", 2));
  expect([result.current.value, result.current.tag]).toEqual([{ name: "mine", size: 1 }, "1"]);
});

it("meets another's version with what has been entered, and tells what they have changed", () => {
  const { result, rerender } = drafting();
  act(() => result.current.set({ name: "mine" }));
  act(() => result.current.meet(version("2", "a", 2)));
  rerender(version("2", "a", 2));
  expect([result.current.value, result.current.tag]).toEqual([{ name: "mine", size: 2 }, "2"]);
  expect(result.current.conflict).toEqual({ before: { name: "a", size: 1 }, theirs: { name: "a", size: 2 }, mine: { name: "mine", size: 1 } });
  act(() => result.current.takeTheirs());
  expect([result.current.value, result.current.isChanged, result.current.conflict]).toEqual([{ name: "a", size: 2 }, false, null]);
});

it("goes on from what has been saved", () => {
  const { result, rerender } = drafting();
  act(() => result.current.set({ name: "mine" }));
  act(() => result.current.saved(version("2", "mine", 1)));
  expect([result.current.isChanged, result.current.tag]).toEqual([false, "2"]);
  rerender(version("2", "mine", 1));
  expect(result.current.value).toEqual({ name: "mine", size: 1 });
});
