/** One application of the catalogue: its entities, and what can happen to each. */
import { Badge, Group, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { SideDrawer } from "../../ui/SideDrawer";
import classes from "./settings.module.css";

const ORIGINS = ["documented", "inferred", "observed"] as const;

export function ApplicationDetails({ application, onClose }: { application: Schemas["CatalogueApplication"] | undefined; onClose: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <SideDrawer opened={application !== undefined} onClose={onClose} title={application?.name ?? ""} size="lg">
      {application !== undefined && (
        <Stack gap="md">
          <Group gap="xs">
            <Origin origin={application.origin} />
            {typeof application.title === "string" && <Text size="sm">{application.title}</Text>}
          </Group>
          {typeof application.note === "string" && (
            <Text size="sm" c="dimmed">
              {application.note}
            </Text>
          )}
          <Title order={3}>{t("catalogue.entities")}</Title>
          {application.entities.length === 0 && (
            <Text size="sm" c="dimmed">
              {t("catalogue.noEntities")}
            </Text>
          )}
          {application.entities.map((entity) => (
            <div key={entity.name} className={classes.line}>
              <Group gap="xs">
                <Text size="sm" fw={550}>
                  {entity.label ?? entity.name}
                </Text>
                <Origin origin={entity.placed ?? entity.origin} />
              </Group>
              {entity.activities.length > 0 && (
                <Text size="sm" c="dimmed">
                  {entity.activities.map(({ name, label }) => label ?? name).join(", ")}
                </Text>
              )}
            </div>
          ))}
        </Stack>
      )}
    </SideDrawer>
  );
}

function Origin({ origin }: { origin: string }) {
  const { t } = useTranslation("setup");
  const known = ORIGINS.find((name) => name === origin);
  return (
    <Badge variant="default" tt="none" fw={500}>
      {known === undefined ? origin : t(`catalogue.origin.${known}`)}
    </Badge>
  );
}
