/** What stands above a form that the server has not taken. */
import { Box, Text } from "@mantine/core";
import { IconRefreshAlert } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { FailureNote } from "./States";
import { intoView } from "./into-view";
import type { Saving } from "./use-saving";
import { Warning } from "./Warning";

export function SavingNote({ saving }: { saving: Saving }) {
  if (!saving.isStale && saving.failure === null) return null;
  return <Box ref={intoView}>{saving.failure === null ? <Stale /> : <FailureNote failure={saving.failure} />}</Box>;
}

function Stale() {
  const { t } = useTranslation();
  return (
    <Warning role="alert" icon={<IconRefreshAlert aria-hidden />} title={t("conflict.what")}>
      <Text size="sm">{t("conflict.advice")}</Text>
    </Warning>
  );
}
