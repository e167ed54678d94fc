import { render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useFocusBack } from "./use-focus-back";

function Opener({ isOpen, otherwise, isThere = true }: { isOpen: boolean; otherwise: () => void; isThere?: boolean }) {
  const remember = useFocusBack(isOpen, otherwise);
  return (
    <>
      {isThere && <button onFocus={remember}>opens</button>}
      <button>inside</button>
    </>
  );
}

const focus = (name: string): void => screen.getByRole("button", { name }).focus();

it("gives the focus back to where it was", () => {
  const otherwise = vi.fn();
  const { rerender } = render(<Opener isOpen={false} otherwise={otherwise} />);
  focus("opens");
  rerender(<Opener isOpen otherwise={otherwise} />);
  focus("inside");
  rerender(<Opener isOpen={false} otherwise={otherwise} />);
  expect(document.activeElement?.textContent).toBe("opens");
  expect(otherwise).not.toHaveBeenCalled();
});

it("goes elsewhere if that is gone, or was never known", () => {
  const otherwise = vi.fn();
  const { rerender } = render(<Opener isOpen otherwise={otherwise} />);
  rerender(<Opener isOpen={false} otherwise={otherwise} />);
  expect(otherwise).toHaveBeenCalledTimes(1);
  focus("opens");
  rerender(<Opener isOpen otherwise={otherwise} />);
  rerender(<Opener isOpen={false} otherwise={otherwise} isThere={false} />);
  expect(otherwise).toHaveBeenCalledTimes(2);
});
