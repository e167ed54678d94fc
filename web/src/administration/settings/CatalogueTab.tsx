/** The activity catalogue: which applications are offered in filters, and what the tenant has added to it. */
import { Button, Code, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { Answered } from "../../ui/Answered";
import { Confirm } from "../../ui/Confirm";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { FailureNote } from "../../ui/States";
import { ApplicationDetails } from "./ApplicationDetails";
import { CatalogueEntryForm } from "./CatalogueEntryForm";
import { Notice } from "./Notice";
import classes from "./settings.module.css";
import { useChange } from "./use-change";

type Catalogue = Schemas["CatalogueAnswer"];
type Application = Schemas["CatalogueApplication"];
type Entry = Schemas["CatalogueEntry"];

/** What Rollcall records of itself is always offered. */
const OWN = "Rollcall";

export function CatalogueTab() {
  const catalogue = useQuery({
    queryKey: ["catalogue", "whole"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/catalogue", { params: { query: { all: true } }, signal })),
  });
  return (
    <Answered query={catalogue}>
      {(data) => (
        <Stack gap="xl" className={classes.wide}>
          <Applications catalogue={data} />
          <Entries entries={data.entries} />
        </Stack>
      )}
    </Answered>
  );
}

function Applications({ catalogue }: { catalogue: Catalogue }) {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const format = useFormat();
  const change = useChange(["catalogue"]);
  const [opened, setOpened] = useState<string | null>(null);
  const noneIsOn = catalogue.switched_on.length === 0;
  const isAlwaysOn = (one: Application): boolean => one.name === OWN || typeof one.product !== "string";
  const isOn = (one: Application): boolean => isAlwaysOn(one) || catalogue.switched_on.includes(one.name);
  const turn = ({ name }: Application, toOn: boolean): void => {
    const params = { path: { name } };
    change.run(
      () => (toOn ? api.PUT("/api/v1/catalogue/applications/{name}", { params }) : api.DELETE("/api/v1/catalogue/applications/{name}", { params })),
      t(toOn ? "catalogue.switchedOn" : "catalogue.switchedOff", { name }),
    );
  };
  const columns: ListColumn<Application>[] = [
    { name: "name", label: t("catalogue.application"), cell: (row) => row.name, text: (row) => row.name },
    { name: "title", label: t("catalogue.otherName"), cell: (row) => row.title ?? "–", text: (row) => row.title ?? null },
    { name: "product", label: t("catalogue.product"), cell: (row) => row.product ?? t("catalogue.added"), text: (row) => row.product ?? "" },
    {
      name: "entities",
      label: t("catalogue.entities"),
      numeric: true,
      cell: (row) => format.number(row.entities.length),
      text: (row) => row.entities.length,
    },
    {
      name: "on",
      label: t("catalogue.offered"),
      cell: (row) => (
        <Switch
          checked={isOn(row)}
          disabled={isAlwaysOn(row) || !can("settings edit") || change.busy}
          aria-label={`${t("catalogue.offered")}: ${row.name}`}
          label={isAlwaysOn(row) ? t("catalogue.always") : undefined}
          onClick={(event) => event.stopPropagation()}
          onChange={(event) => turn(row, event.currentTarget.checked)}
        />
      ),
      text: (row) => (isOn(row) ? 0 : 1),
    },
  ];
  const uncertain: Application = {
    name: t("catalogue.uncertain"),
    origin: "documented",
    note: t("catalogue.uncertainAbout"),
    entities: catalogue.unassigned.flatMap((group) => group.entities),
  };
  const shown = [...catalogue.applications, uncertain].find(({ name }) => name === opened);
  return (
    <Stack gap="sm">
      <div>
        <Title order={2}>{t("catalogue.title")}</Title>
        <Text size="sm" c="dimmed">
          {t("catalogue.about")}
        </Text>
      </div>
      {noneIsOn && (
        <Notice tone="told">{t("catalogue.allOffered")}</Notice>
      )}
      {change.failure !== null && <FailureNote failure={change.failure} />}
      <ListTable
        label={t("catalogue.title")}
        rows={catalogue.applications}
        columns={columns}
        idOf={(row) => row.name}
        nameOf={(row) => row.name}
        onOpen={(row) => setOpened(row.name)}
        empty={{ what: t("catalogue.noApplications") }}
      />
      {uncertain.entities.length > 0 && (
        <Group>
          <Button size="compact-sm" variant="subtle" onClick={() => setOpened(uncertain.name)}>
            {t("catalogue.showUncertain", { count: uncertain.entities.length })}
          </Button>
        </Group>
      )}
      <ApplicationDetails application={shown} onClose={() => setOpened(null)} />
    </Stack>
  );
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const { can } = useWho();
  const queries = useQueryClient();
  const [isAdding, setIsAdding] = useState(false);
  const [removing, setRemoving] = useState<Entry | null>(null);
  const nameOf = (entry: Entry): string => [entry.application, entry.entity, entry.activity].filter((part) => typeof part === "string").join(" / ");
  const columns: ListColumn<Entry>[] = [
    { name: "application", label: t("catalogue.application"), cell: (row) => row.application ?? "–", text: (row) => row.application ?? null },
    { name: "entity", label: t("catalogue.entity"), cell: (row) => row.entity ?? "–", text: (row) => row.entity ?? null },
    { name: "activity", label: t("catalogue.activity"), cell: (row) => row.activity ?? "–", text: (row) => row.activity ?? null },
    { name: "effect", label: t("catalogue.effect"), cell: (row) => <Effect effect={row.effect} />, text: (row) => row.effect ?? null },
    { name: "label", label: t("catalogue.label"), cell: (row) => row.label ?? "–", text: (row) => row.label ?? null },
  ];
  const add = can("settings edit") && (
    <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsAdding(true)}>
      {t("catalogue.add")}
    </Button>
  );
  const remove = async (): Promise<void> => {
    if (removing === null) return;
    const { application, entity, activity } = removing;
    const query = Object.fromEntries(Object.entries({ application, entity, activity }).filter(([, name]) => typeof name === "string"));
    await api.DELETE("/api/v1/catalogue/entries", { params: { query } });
    notifications.show({ message: t("catalogue.removed"), color: "green" });
    await queries.invalidateQueries({ queryKey: ["catalogue"] });
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start">
        <div className={classes.lineText}>
          <Title order={2}>{t("catalogue.ownTitle")}</Title>
          <Text size="sm" c="dimmed">
            {t("catalogue.ownAbout")}
          </Text>
        </div>
        {add}
      </Group>
      {entries.length > 0 && (
        <ListTable
          label={t("catalogue.ownTitle")}
          rows={entries}
          columns={columns}
          idOf={nameOf}
          nameOf={nameOf}
          actions={(row) =>
            can("settings edit") && (
              <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRemoving(row)} aria-label={`${common("action.remove")}: ${nameOf(row)}`}>
                {common("action.remove")}
              </Button>
            )
          }
          empty={{ what: t("catalogue.ownTitle") }}
        />
      )}
      {isAdding && <CatalogueEntryForm onClose={() => setIsAdding(false)} />}
      <Confirm opened={removing !== null} title={t("catalogue.removeTitle")} word={common("action.remove")} act={remove} onClose={() => setRemoving(null)}>
        {t("catalogue.removeAbout", { name: removing === null ? "" : nameOf(removing) })}
      </Confirm>
    </Stack>
  );
}

function Effect({ effect }: { effect: string | null | undefined }) {
  const { t } = useTranslation("setup");
  if (effect === "change" || effect === "read") return t(`catalogue.is.${effect}`);
  return typeof effect === "string" ? <Code>{effect}</Code> : "–";
}
