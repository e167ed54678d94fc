/** Webhooks: other systems that are told of events as they come. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { Answered } from "../../ui/Answered";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { Page } from "../../ui/Page";
import { NoPermission } from "../../ui/States";
import { SecretShown } from "./SecretShown";
import { WebhookDetails } from "./WebhookDetails";
import { WebhookForm } from "./WebhookForm";
import { Retry, WebhookState } from "./WebhookState";
import classes from "./webhooks.module.css";

type Webhook = Schemas["WebhookAnswer"];

export function WebhooksPage() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const [isMaking, setIsMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const create = can("webhooks edit") && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsMaking(true)}>
      {t("webhooks.create")}
    </Button>
  );
  return (
    <Page title={t("webhooks.title")} about={t("webhooks.about")} actions={create}>
      {can("webhooks view") ? <Webhooks create={create} onSecret={setSecret} /> : <NoPermission needed={["webhooks view"]} />}
      {isMaking && <WebhookForm webhook={null} onClose={() => setIsMaking(false)} onSecret={setSecret} />}
      <SecretShown secret={secret} onClose={() => setSecret(null)} />
    </Page>
  );
}

function Webhooks({ create, onSecret }: Omit<ListProps, "rows">) {
  const webhooks = useQuery({
    queryKey: ["webhooks", "listed"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/webhooks", { signal })),
    refetchInterval: 15_000,
  });
  return <Answered query={webhooks}>{(data) => <WebhookList rows={data.webhooks} create={create} onSecret={onSecret} />}</Answered>;
}

interface ListProps {
  rows: readonly Webhook[];
  create: ReactNode;
  onSecret: (secret: string) => void;
}

function WebhookList({ rows, create, onSecret }: ListProps) {
  const { t } = useTranslation("setup");
  const format = useFormat();
  const [opened, setOpened] = useState<string | null>(null);
  const shown = rows.find(({ id }) => id === opened);
  const columns: ListColumn<Webhook>[] = [
    { name: "name", label: t("webhooks.name"), cell: (row) => row.name, text: (row) => row.name },
    { name: "state", label: t("webhooks.state"), cell: (row) => <WebhookState webhook={row} />, text: (row) => row.state },
    { name: "url", label: t("webhooks.url"), cell: (row) => <span className={classes.url}>{row.url}</span>, text: (row) => row.url },
    {
      name: "delivered",
      label: t("webhooks.delivered"),
      cell: (row) => <Moment at={row.delivered_at} otherwise={t("webhooks.never")} />,
      text: (row) => row.delivered_at ?? null,
    },
    { name: "retry", label: t("webhooks.retry"), cell: (row) => <Retry retry={row.retry} />, text: (row) => row.retry?.next_at ?? null },
    { name: "position", label: t("webhooks.position"), numeric: true, cell: (row) => format.number(row.position), text: (row) => row.position },
  ];
  return (
    <>
      <ListTable
        label={t("webhooks.title")}
        rows={rows}
        columns={columns}
        idOf={(row) => row.id}
        nameOf={(row) => row.name}
        onOpen={(row) => setOpened(row.id)}
        empty={{ what: t("webhooks.empty"), advice: t("webhooks.emptyAdvice"), action: create }}
      />
      {shown !== undefined && <WebhookDetails webhook={shown} onClose={() => setOpened(null)} onSecret={onSecret} />}
    </>
  );
}
