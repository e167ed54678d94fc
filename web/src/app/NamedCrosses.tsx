/** What closes something is a cross without words: within this it has a name, wherever it comes from. */
import { MantineThemeProvider, createTheme } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";

export function NamedCrosses({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const name = t("action.close");
  const named = useMemo(() => createTheme({ components: { CloseButton: { defaultProps: { "aria-label": name } } } }), [name]);
  return <MantineThemeProvider theme={named}>{children}</MantineThemeProvider>;
}
