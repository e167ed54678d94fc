/** Agents, in the order of the server: by employee id. */
import { Group, ScrollArea, Table, Text, UnstyledButton } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../i18n/use-format";
import classes from "./AgentTable.module.css";
import type { Agent } from "./queries";

interface Props {
  agents: readonly Agent[];
  /** Whether others are on their way. */
  isWaiting: boolean;
  onOpen: (id: string) => void;
}

export function AgentTable({ agents, isWaiting, onOpen }: Props) {
  const { t } = useTranslation("users");
  const heads = ["employeeId", "name", "hierarchy", "routingProfile", "timeZone", "accounts", "tags", "state"] as const;
  return (
    <ScrollArea className="list" type="auto" offsetScrollbars="x">
      <Table highlightOnHover verticalSpacing={6} aria-label={t("directory.label")} aria-busy={isWaiting} className={classes.agents}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head} scope="col">
                {t(`agent.${head}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agents.map((agent) => (
            <AgentRow key={agent.employee_id} agent={agent} onOpen={onOpen} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

const AgentRow = memo(function AgentRow({ agent, onOpen }: { agent: Agent; onOpen: (id: string) => void }) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const { employee_id: id, agent_name, hierarchy, routing_profile, time_zone, tags, accounts, active } = agent;
  return (
    <Table.Tr
      className="opens"
      onClick={({ currentTarget }) => {
        // Where the focus comes back to from the drawer.
        currentTarget.querySelector<HTMLElement>(".row-button")?.focus({ preventScroll: true });
        onOpen(id);
      }}
    >
      <Table.Td>
        <UnstyledButton
          className="row-button"
          aria-label={`${shared("action.open")}: ${agent_name ?? id}`}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(id);
          }}
        >
          {id}
        </UnstyledButton>
      </Table.Td>
      <Table.Td>{agent_name == null ? <Missing /> : <Cut text={agent_name} />}</Table.Td>
      <Table.Td>{hierarchy == null ? <Missing /> : <Cut text={hierarchy} />}</Table.Td>
      <Table.Td>{routing_profile == null ? <Missing /> : <Cut text={routing_profile} />}</Table.Td>
      <Table.Td>{time_zone ?? <Missing />}</Table.Td>
      <Table.Td>
        <Few texts={accounts.map(({ account }) => account)} />
      </Table.Td>
      <Table.Td>
        <Few texts={Object.entries(tags).map(([key, value]) => `${key}=${value}`)} />
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          {active ? <IconCircleCheck size={16} aria-hidden /> : <IconCircleX size={16} aria-hidden />}
          <Text span size="sm" {...(active ? {} : { c: "dimmed" })}>
            {active ? t("agent.working") : t("agent.inactive")}
          </Text>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
});

function Cut({ text }: { text: string }) {
  return (
    <span className="list-name" title={text}>
      {text}
    </span>
  );
}

function Missing() {
  return (
    <Text span size="sm" c="dimmed">
      –
    </Text>
  );
}

/** The first two of some texts, and how many there are beside them. */
function Few({ texts }: { texts: readonly string[] }) {
  const { t } = useTranslation("users");
  const format = useFormat();
  if (texts.length === 0) return <Missing />;
  const left = texts.length - 2;
  return (
    <span title={format.list(texts)}>
      {texts.slice(0, 2).join(", ")}
      {left > 0 && (
        <Text span size="sm" c="dimmed">
          {" "}
          {t("agent.accountsMore", { shown: format.number(left) })}
        </Text>
      )}
    </span>
  );
}
