import { Drawer, MantineProvider, Notification } from "@mantine/core";
import { act, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { chooseLanguage } from "../i18n";
import { NamedCrosses } from "./NamedCrosses";
import { theme } from "./theme";

it("every cross has a name in the language of the page", async () => {
  render(
    <MantineProvider theme={theme} env="test">
      <NamedCrosses>
        <Notification>Saved</Notification>
        <Drawer opened onClose={() => undefined} title="A drawer" />
      </NamedCrosses>
    </MantineProvider>,
  );
  expect(screen.getAllByRole("button", { name: "Close", hidden: true })).toHaveLength(2);
  await act(() => chooseLanguage("ko"));
  expect(screen.getAllByRole("button", { name: "닫기", hidden: true })).toHaveLength(2);
  expect(document.documentElement.lang).toBe("ko");
  await act(() => chooseLanguage("en"));
});
