/** Writes the agents that are found into a CSV file, which can be imported again. */
import { Button, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure, explain } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { FailureText } from "../../ui/ServerWords";
import { agentsCsv } from "./csv";
import { allAgents } from "./queries";
import { saveText } from "../../ui/save-file";

export function ExportButton({ search }: { search: string }) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const format = useFormat();
  const [reached, setReached] = useState<number | null>(null);
  const write = async (): Promise<void> => {
    setReached(0);
    try {
      // With a byte order mark, by which spreadsheets know UTF-8.
      saveText(`\ufeff${agentsCsv(await allAgents(search, setReached))}`, "agents.csv", "text/csv;charset=utf-8");
    } catch (error) {
      const failure = asFailure(error);
      notifications.show({ title: explain(failure, shared).what, message: <FailureText failure={failure} titled />, color: "red" });
    } finally {
      setReached(null);
    }
  };
  return (
    <Tooltip label={t("directory.exporting", { shown: format.number(reached ?? 0) })} disabled={reached === null} opened={reached !== null}>
      <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={reached !== null} onClick={() => void write()}>
        {t("directory.export")}
      </Button>
    </Tooltip>
  );
}
