/** How a program sends events: a format, a name for the source, and the command that does it. */
import { Anchor, Paper, Select, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BASE, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { browserZone } from "../../i18n/clock";
import { CopyText } from "../../ui/CopyText";
import { FailureNote, Waiting } from "../../ui/States";
import { TextField } from "../../ui/TextField";
import { ZoneSelect } from "../../ui/ZoneSelect";
import { sendCommand } from "./send-command";

/** The formats whose times may bear no zone. */
const WITHOUT_ZONE = ["csv", "keycloak", "keycloak-admin"];

export function SendEvents() {
  const { t } = useTranslation("setup");
  const formats = useQuery({ queryKey: ["formats"], queryFn: ({ signal }) => told(api.GET("/api/v1/formats", { signal })), staleTime: Infinity });
  const [format, setFormat] = useState("native");
  const [source, setSource] = useState("portal");
  const [zone, setZone] = useState(browserZone());
  const [now] = useState(() => new Date().toISOString());
  if (formats.isError) return <FailureNote failure={asFailure(formats.error)} onAgain={() => void formats.refetch()} />;
  const chosen = formats.data?.formats.find(({ name }) => name === format);
  const takesZone = WITHOUT_ZONE.includes(format);
  return (
    <Paper withBorder p="md">
      <Title order={2}>{t("send.title")}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("send.about")}
      </Text>
      {formats.data === undefined ? (
        <Waiting lines={3} height={36} />
      ) : (
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            <Select
              label={t("send.format")}
              data={formats.data.formats.map(({ name }) => name)}
              value={format}
              onChange={(next) => setFormat(next ?? "native")}
              allowDeselect={false}
            />
            <TextField label={t("send.source")} value={source} onChange={setSource} limit={200} />
            {takesZone && <ZoneSelect label={t("send.zone")} value={zone} onChange={setZone} clearable />}
          </SimpleGrid>
          <Text size="sm">{chosen?.about}</Text>
          <CopyText label={t("send.command")} text={sendCommand({ base: BASE, format, source, zone: takesZone ? zone : "", now })} />
          <Text size="sm" c="dimmed">
            {t("send.key")}
          </Text>
          <Text size="sm">
            <Anchor size="sm" href={`${BASE}/api/v1/openapi.json`} target="_blank">
              {t("send.description")}
            </Anchor>
          </Text>
        </Stack>
      )}
    </Paper>
  );
}
