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

function show(read: () => Promise<{ value: Value; tag: string }>, write: (value: Value, tag: string) => Promise<{ value: Value; tag: string }>): void {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Setting<Value> name="tried" title="Tried" about="" fields={[{ name: "name", label: "Name", text: ({ name }) => name }]} read={read} write={write}>
          {({ draft, set, at, disabled }) => (
            <TextInput
              label="Name"
              value={draft.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
              error={at("name")}
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
    const write = vi.fn(() => Promise.resolve({ value: { name: "ab" }, tag: '"4"' }));
    show(() => Promise.resolve({ value: { name: "a" }, tag: '"3"' }), write);
    const field = await screen.findByLabelText("Name");
    expect(screen.getByRole("button", { name: "Save" }).getAttribute("aria-disabled")).toBe("true");
    await userEvent.type(field, "b{Enter}{Enter}");
    await waitFor(() => expect(screen.getByRole("button", { name: "Save" }).getAttribute("aria-disabled")).toBe("true"));
    // Sent twice, it would be taken for somebody else's change.
    expect(write.mock.calls).toEqual([[{ name: "ab" }, '"3"']]);
  });

  it("keeps what was entered where somebody else was first, tells what they have changed, and saves over it", async () => {
    may.edit = true;
    const read = vi
      .fn<() => Promise<{ value: Value; tag: string }>>()
      .mockResolvedValueOnce({ value: { name: "a" }, tag: '"3"' })
      .mockResolvedValue({ value: { name: "theirs" }, tag: '"4"' });
    const write = vi.fn((value: Value, tag: string) => (tag === '"3"' ? Promise.reject(new Failure(412)) : Promise.resolve({ value, tag: '"5"' })));
    show(read, write);
    await userEvent.type(await screen.findByLabelText("Name"), "b{Enter}");
    expect(await screen.findByText("Name: theirs (you: ab)")).toBeTruthy();
    expect(screen.getByDisplayValue("ab")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Save mine over it" }));
    await waitFor(() => expect(write).toHaveBeenLastCalledWith({ name: "ab" }, '"4"'));
    await waitFor(() => expect(screen.queryByText("Somebody else has changed this meanwhile")).toBeNull());
  });

  it("takes what somebody else has entered, if that is wanted", async () => {
    may.edit = true;
    const read = vi
      .fn<() => Promise<{ value: Value; tag: string }>>()
      .mockResolvedValueOnce({ value: { name: "a" }, tag: '"3"' })
      .mockResolvedValue({ value: { name: "theirs" }, tag: '"4"' });
    show(read, () => Promise.reject(new Failure(412)));
    await userEvent.type(await screen.findByLabelText("Name"), "b{Enter}");
    await userEvent.click(await screen.findByRole("button", { name: "Take theirs" }));
    expect(screen.getByDisplayValue("theirs")).toBeTruthy();
    expect(screen.queryByText("There are changes that are not saved.")).toBeNull();
  });

  it("can be read only by those who may not change it", async () => {
    may.edit = false;
    show(() => Promise.resolve({ value: { name: "a" }, tag: '"3"' }), vi.fn());
    expect(await screen.findByLabelText("Name")).toHaveProperty("disabled", true);
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
  });
});
