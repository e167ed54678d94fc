/** Why a change was not made; one that came too late has been shown as it stands now. */
import { Alert, Text } from "@mantine/core";
import { IconRefreshAlert } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../api/failure";
import { FailureNote } from "../ui/States";

export function ChangeFailure({ failure }: { failure: Failure }) {
  const { t } = useTranslation();
  if (failure.status !== 412) return <FailureNote failure={failure} />;
  return (
    <Alert role="alert" variant="light" icon={<IconRefreshAlert aria-hidden />} title={t("conflict.what")}>
      <Text size="sm">{t("conflict.advice")}</Text>
    </Alert>
  );
}
