/** How the page looks: Mantine's theme, with contrasts that meet WCAG 2.2 AA in light and dark. */
import { ActionIcon, Button, type CSSVariablesResolver, Drawer, type MantineColorsTuple, Menu, Modal, ScrollArea, Tooltip, createTheme } from "@mantine/core";

/** The product's own green. */
const rollcall: MantineColorsTuple = [
  "#eaf6f5",
  "#d6ebe9",
  "#abd8d4",
  "#7cc4be",
  "#56b3ab",
  "#3ea89f",
  "#2f9f96",
  "#1f8a82",
  "#1f6f6b",
  "#0f5a56",
];

export const theme = createTheme({
  primaryColor: "rollcall",
  primaryShade: { light: 8, dark: 8 },
  colors: { rollcall },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  autoContrast: true,
  fontFamily:
    'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Noto Sans CJK KR", "Noto Sans KR", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.25rem", lineHeight: "1.4" }, h2: { fontSize: "1rem", lineHeight: "1.5" }, h3: { fontSize: "0.875rem" } },
  },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  components: {
    // Nothing that is pressed is smaller than 24 by 24 pixels.
    ActionIcon: ActionIcon.extend({ vars: (_, { size }) => ({ root: size === "sm" || size === "xs" ? { "--ai-size": "24px" } : {} }) }),
    Button: Button.extend({ defaultProps: { fw: 550 } }),
    Drawer: Drawer.extend({ styles: { title: { fontWeight: 650 } } }),
    // What is in a menu is its items alone: nothing else is to be heard in it.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({ styles: { title: { fontWeight: 650 } } }),
    // What scrolls by itself is scrolled by keys too.
    ScrollArea: ScrollArea.extend({ defaultProps: { viewportProps: { tabIndex: 0 } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: true, multiline: true, maw: 320 } }),
  },
});

/** Text that stands back is still told from its ground by 4.5 to 1. */
export const variables: CSSVariablesResolver = (made) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": made.colors.gray[7],
    "--mantine-color-placeholder": made.colors.gray[7],
    "--mantine-color-error": made.colors.red[8],
    "--mantine-color-anchor": rollcall[9],
    "--rc-border": made.colors.gray[3],
    "--rc-border-strong": made.colors.gray[6],
    "--rc-surface": made.white,
    "--rc-surface-raised": made.colors.gray[0],
    "--rc-surface-hover": made.colors.gray[1],
    "--rc-surface-chosen": rollcall[0],
    "--rc-mark": made.colors.yellow[1],
  },
  dark: {
    "--mantine-color-dimmed": made.colors.dark[1],
    "--mantine-color-placeholder": made.colors.dark[1],
    "--mantine-color-error": made.colors.red[4],
    "--mantine-color-anchor": rollcall[3],
    "--rc-border": made.colors.dark[4],
    "--rc-border-strong": made.colors.dark[2],
    "--rc-surface": made.colors.dark[7],
    "--rc-surface-raised": made.colors.dark[6],
    "--rc-surface-hover": made.colors.dark[5],
    "--rc-surface-chosen": "#1d3533",
    "--rc-mark": "#4a4320",
  },
});
