/** Says that rows are still those of before, because they could not be asked for anew. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Failure, explain } from "../api/failure";
import { useWords } from "./words";

interface Props {
  failure: Failure;
  /** When they were last answered, in milliseconds. */
  since: number;
  zone: string;
  onAgain: () => void;
}

export function StaleNote({ failure, since, zone, onAgain }: Props) {
  const { t, format } = useWords();
  const { t: common } = useTranslation();
  const time = format.time(new Date(since).toISOString(), zone);
  return (
    <Alert role="status" color="yellow" variant="light" py={6} icon={<IconAlertTriangle aria-hidden />}>
      <Group gap="xs">
        <Text size="sm">{t("report:stale", { time, what: explain(failure, common).what })}</Text>
        <Button size="compact-xs" variant="default" onClick={onAgain}>
          {t("common:action.again")}
        </Button>
      </Group>
    </Alert>
  );
}
