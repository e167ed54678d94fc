/** That the figures could not be refreshed, once for all of them: what is known stays where it is. */
import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { explain } from "../api/failure";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { FailureText } from "../ui/ServerWords";
import type { Freshness } from "./freshness";
import classes from "./overview.module.css";

interface Props {
  freshness: Freshness;
  isBusy: boolean;
  onAgain: () => void;
}

export function RefreshNote({ freshness: { failure, since }, isBusy, onAgain }: Props) {
  const { t } = useTranslation("overview");
  const { t: common } = useTranslation();
  const format = useFormat();
  if (failure === null) return null;
  const { requestId } = explain(failure, common);
  const title = since === null ? t("stale.never") : t("stale.since", { time: format.time(new Date(since).toISOString(), browserZone()) });
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconCloudOff aria-hidden />} title={title} className={classes.note}>
      <Stack gap={4} align="flex-start">
        <Text size="sm">
          <FailureText failure={failure} />
        </Text>
        {requestId !== undefined && (
          <Text size="xs" c="dimmed">
            {common("failure.requestId", { id: requestId })}
          </Text>
        )}
        <Button size="xs" variant="default" onClick={onAgain} aria-busy={isBusy} mt={4}>
          {common("action.again")}
        </Button>
      </Stack>
    </Alert>
  );
}
