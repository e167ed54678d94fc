/** Settings that are written with the version that was read. */
import { MantineProvider, TextInput } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Failure } from "../../api/failure";
import { Setting } from "./Setting";

const may = vi.hoisted(() => ({ edit: true }));
vi.mock("../../session/session", () => ({ useWho: () => ({ can: () => may.edit }) }));

interface Value {
  name: string;
}

function show(read: () => Promise<{ value: Value; tag: string }>, write: (value: Value, tag: string) => Promise<unknown>): void {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Setting<Value> name="tried" title="Tried" about="" fields={["name"]} read={read} write={write}>
          {({ draft, set, failure, disabled }) => (
            <TextInput
              label="Name"
              value={draft.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
              error={failure?.problem.detail}
              disabled={disabled}
            />
          )}
        </Setting>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

describe("Setting", () => {
  it("writes what was changed, with the version that was read", async () => {
    may.edit = true;
    const write = vi.fn(() => Promise.resolve({}));
    show(() => Promise.resolve({ value: { name: "a" }, tag: '"3"' }), write);
    const field = await screen.findByLabelText("Name");
    expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
    await userEvent.type(field, "b{Enter}");
    await waitFor(() => expect(write).toHaveBeenCalledWith({ name: "ab" }, '"3"'));
  });

  it("shows how things stand where somebody else was first", async () => {
    may.edit = true;
    const read = vi
      .fn<() => Promise<{ value: Value; tag: string }>>()
      .mockResolvedValueOnce({ value: { name: "a" }, tag: '"3"' })
      .mockResolvedValue({ value: { name: "theirs" }, tag: '"4"' });
    show(read, () => Promise.reject(new Failure(412)));
    await userEvent.type(await screen.findByLabelText("Name"), "b{Enter}");
    expect(await screen.findByDisplayValue("theirs")).toBeTruthy();
  });

  it("can be read only by those who may not change it", async () => {
    may.edit = false;
    show(() => Promise.resolve({ value: { name: "a" }, tag: '"3"' }), vi.fn());
    expect(await screen.findByLabelText("Name")).toHaveProperty("disabled", true);
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
  });
});
