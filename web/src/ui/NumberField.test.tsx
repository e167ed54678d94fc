/** A number that is missing, or outside of its bounds, is told; none is made of it. */
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { Form } from "./Form";
import { NumberField } from "./NumberField";

function Hours({ onSubmit }: { onSubmit: (hours: number | null) => void }) {
  const [hours, setHours] = useState<number | null>(72);
  return (
    <MantineProvider env="test">
      <Form busy={false} onSubmit={() => onSubmit(hours)}>
        <NumberField label="Hours" value={hours} onChange={setHours} min={1} max={8_760} suffix=" h" />
      </Form>
    </MantineProvider>
  );
}

it("sends nothing of an empty field", async () => {
  const send = vi.fn();
  render(<Hours onSubmit={send} />);
  const field = screen.getByLabelText("Hours");
  await userEvent.clear(field);
  await userEvent.tab();
  expect(screen.getByText("Fill this in.")).toBeTruthy();
  expect((field as HTMLInputElement).value).toBe("");
  await userEvent.type(field, "{Enter}");
  expect(send).not.toHaveBeenCalled();
});

it("sends nothing that is outside of the bounds", async () => {
  const send = vi.fn();
  render(<Hours onSubmit={send} />);
  const field = screen.getByLabelText("Hours");
  await userEvent.clear(field);
  await userEvent.type(field, "9000{Enter}");
  expect(screen.getByText(/^Enter a number from 1 to 8.?760\.$/)).toBeTruthy();
  expect(send).not.toHaveBeenCalled();
  await userEvent.clear(field);
  await userEvent.type(field, "24{Enter}");
  expect(send).toHaveBeenCalledWith(24);
});
