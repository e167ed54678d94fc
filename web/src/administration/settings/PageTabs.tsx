/** The parts of a page as tabs; only the open one asks the server for something. */
import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useTab } from "./use-tab";

export interface PageTab {
  name: string;
  label: string;
  content: ReactNode;
}

export function PageTabs({ label, tabs }: { label: string; tabs: readonly PageTab[] }) {
  const [open, setOpen] = useTab(tabs.map(({ name }) => name));
  return (
    <Tabs value={open} onChange={setOpen} keepMounted={false}>
      <Tabs.List aria-label={label} mb="md">
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.name} value={tab.name}>
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map((tab) => (
        <Tabs.Panel key={tab.name} value={tab.name}>
          {tab.content}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
