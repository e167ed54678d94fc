import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useAction } from "./use-action";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A button that is at work, which takes the focus from it. */
async function pressed(done: Promise<void>) {
  const button = document.body.appendChild(document.createElement("button"));
  button.focus();
  const { result, unmount } = renderHook(useAction);
  await act(async () => {
    result.current.run(() => done);
    button.blur();
    await Promise.resolve();
  });
  return { button, unmount };
}

it("gives the focus back to the button that was pressed", async () => {
  const { button } = await pressed(Promise.resolve());
  expect(document.activeElement).toBe(document.body);
  act(() => {
    vi.advanceTimersByTime(50);
  });
  expect(document.activeElement).toBe(button);
  button.remove();
});

it("leaves nothing behind when what has the button goes before that", async () => {
  const { button, unmount } = await pressed(Promise.resolve());
  expect(vi.getTimerCount()).toBe(1);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
  button.remove();
});

it("nor when it goes before the answer", async () => {
  let finish = (): void => undefined;
  const { button, unmount } = await pressed(new Promise((resolve) => (finish = resolve)));
  unmount();
  await act(async () => {
    finish();
    await Promise.resolve();
  });
  expect(vi.getTimerCount()).toBe(0);
  button.remove();
});
