/** Nothing that has been entered is lost without a question, and the focus goes back to where it came from. */
import { MantineProvider, Select } from "@mantine/core";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it } from "vitest";
import { Form } from "./Form";
import { SideDrawer } from "./SideDrawer";
import { TextField } from "./TextField";
import { isAnythingUnsaved, loses, useUnsaved } from "./unsaved";

function Entry({ onSubmit }: { onSubmit: () => void }) {
  const [name, setName] = useState("");
  useUnsaved(name !== "");
  return (
    <Form busy={false} onSubmit={onSubmit}>
      <TextField label="Name" value={name} onChange={setName} required limit={5} />
      <Select label="Kind" data={["one", "other"]} searchable />
      <button type="submit">Send</button>
    </Form>
  );
}

function Tried({ onSubmit = () => undefined }: { onSubmit?: () => void }) {
  const [opened, setOpened] = useState(false);
  return (
    <MantineProvider env="test">
      <button type="button" onClick={() => setOpened(true)}>
        Begin
      </button>
      <SideDrawer opened={opened} title="Entry" onClose={() => setOpened(false)}>
        <Entry onSubmit={onSubmit} />
      </SideDrawer>
    </MantineProvider>
  );
}

const begin = () => screen.getByRole("button", { name: "Begin", hidden: true });
const question = () => screen.queryByText("Discard what you have entered?");

async function begun() {
  await userEvent.click(begin());
  const field = await screen.findByLabelText("Name");
  await waitFor(() => expect(document.activeElement).toBe(field));
  return field;
}

it("closes by Escape as long as nothing is entered, and gives the focus back", async () => {
  render(<Tried />);
  await begun();
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByLabelText("Name")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(begin()));
});

it("asks before what is entered is lost", async () => {
  render(<Tried />);
  await userEvent.type(await begun(), "Ann");
  expect(isAnythingUnsaved()).toBe(true);
  await userEvent.keyboard("{Escape}");
  expect(question()).not.toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Keep editing" }));
  await waitFor(() => expect(question()).toBeNull());
  expect(screen.getByDisplayValue("Ann")).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Name")));
  await userEvent.keyboard("{Escape}");
  await userEvent.click(await screen.findByRole("button", { name: "Discard" }));
  await waitFor(() => expect(screen.queryByLabelText("Name")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(begin()));
  expect(isAnythingUnsaved()).toBe(false);
});

it("closes a list that is open first", async () => {
  render(<Tried />);
  await begun();
  const list = screen.getByLabelText("Kind", { selector: "input" });
  await userEvent.click(list);
  await waitFor(() => expect(list.getAttribute("aria-expanded")).toBe("true"));
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(list.getAttribute("aria-expanded")).toBe("false"));
  expect(screen.getByLabelText("Name")).toBeTruthy();
});

it("sends nothing while something is missing or too long, and leads there", async () => {
  let sent = 0;
  render(<Tried onSubmit={() => (sent += 1)} />);
  const field = await begun();
  screen.getByRole("button", { name: "Send" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(screen.getByText("Fill this in.")).toBeTruthy();
  expect(document.activeElement).toBe(field);
  await userEvent.type(field, "Ann Berg{Enter}");
  expect(screen.getByText("At most 5 characters; these are 8.")).toBeTruthy();
  expect(sent).toBe(0);
  await userEvent.clear(field);
  await userEvent.type(field, "Ann{Enter}");
  expect(sent).toBe(1);
});

it("knows which ways lead away from what is entered", async () => {
  const at = (pathname: string, tab?: string) => ({ pathname, search: tab === undefined ? {} : { tab } });
  const way = (next: ReturnType<typeof at>, action = "PUSH") => loses({ current: at("/admin/users"), next, action });
  expect(way(at("/saved"))).toBe(false);
  render(<Tried />);
  await userEvent.type(await begun(), "Ann");
  expect([way(at("/saved")), way(at("/admin/users", "other")), way(at("/admin/users"), "BACK")]).toEqual([true, false, true]);
});
