/** One rejected record: what was expected, and what came. */
import { Code, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { CopyText } from "../../ui/CopyText";
import { Moment } from "../../ui/Moment";
import { SideDrawer } from "../../ui/SideDrawer";
import { Facts } from "../settings/Facts";

export function RejectedRecord({ record, onClose }: { record: Schemas["QuarantineEntry"] | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <SideDrawer opened={record !== null} onClose={onClose} title={t("rejected.record")} size="lg">
      {record !== null && (
        <Stack gap="md">
          <Text>{record.reason}</Text>
          <Facts
            facts={[
              { label: t("rejected.source"), value: record.source },
              { label: t("rejected.format"), value: record.format },
              { label: t("rejected.line"), value: record.line },
              { label: t("rejected.field"), value: typeof record.field === "string" ? <Code>{record.field}</Code> : "–" },
              { label: t("rejected.received"), value: <Moment at={record.received_at} /> },
            ]}
          />
          <Title order={3}>{t("rejected.raw")}</Title>
          <CopyText text={record.raw} label={t("rejected.raw")} />
        </Stack>
      )}
    </SideDrawer>
  );
}
