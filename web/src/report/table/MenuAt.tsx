/** A menu at a place on the page: where somebody has clicked, or at the cell that keys have led to. */
import { Menu } from "@mantine/core";
import { type ReactNode, useCallback } from "react";

interface Props {
  at: { x: number; y: number } | null;
  label: string;
  onClose: () => void;
  children: ReactNode;
}

export function MenuAt({ at, label, onClose, children }: Props) {
  const placed = useCallback(
    (element: HTMLDivElement | null) => {
      if (element === null || at === null) return;
      element.style.left = `${at.x}px`;
      element.style.top = `${at.y}px`;
    },
    [at],
  );
  if (at === null) return null;
  return (
    // Also a key may have opened it: that key is no reason to close it.
    <Menu clickOutsideEvents={["mousedown", "touchstart"]} opened onClose={onClose} position="bottom-start" offset={2} withinPortal shadow="md" returnFocus trapFocus>
      <Menu.Target>
        <div ref={placed} className="menu-anchor" />
      </Menu.Target>
      <Menu.Dropdown aria-label={label}>{children}</Menu.Dropdown>
    </Menu>
  );
}
