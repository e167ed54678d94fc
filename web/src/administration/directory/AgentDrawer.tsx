/** One agent, to be looked at, changed, removed or added. */
import { Button, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { Failure, asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { FormFoot, SideDrawer } from "../../ui/SideDrawer";
import { SavingNote } from "../../ui/SavingNote";
import { type Saving, useSaving } from "../../ui/use-saving";
import { Fact, Facts } from "../users/UserFacts";
import { AGENT_FIELDS, AgentFields } from "./AgentFields";
import { NEW_ENTRY, agentOf, entryOf } from "./entry";
import { type Agent, useAgent, useForgetAgents } from "./queries";

/** Opens the drawer for an agent that is to be added. A slash is in front, so that no agent's id is meant. */
export const NEW = "/new";

export function AgentDrawer({ opened, onClose }: { opened: string | null; onClose: () => void }) {
  const { t } = useTranslation("users");
  const { can } = useWho();
  const { data: present } = useAgent(opened === NEW ? null : opened);
  const title = opened === NEW ? t("agent.addTitle") : (present?.value.agent_name ?? opened ?? "");
  return (
    <SideDrawer opened={opened !== null} title={title} isForm={can("directory edit")} onClose={onClose}>
      {opened === NEW && <NewAgent onClose={onClose} />}
      {opened !== null && opened !== NEW && <PresentAgent key={opened} id={opened} onClose={onClose} />}
    </SideDrawer>
  );
}

function NewAgent({ onClose }: { onClose: () => void }) {
  const saving = useSaving();
  return (
    <Stack gap="md">
      <SavingNote saving={saving} />
      <AgentForm present={null} saving={saving} onClose={onClose} />
    </Stack>
  );
}

function PresentAgent({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("users");
  const agent = useAgent(id);
  const saving = useSaving();
  if (agent.isError) return <FailureNote failure={asFailure(agent.error)} onAgain={() => void agent.refetch()} />;
  if (agent.data === undefined) return <Waiting lines={10} height={36} />;
  const { value, tag } = agent.data;
  return (
    <Stack gap="md">
      <Facts>
        <Fact label={t("agent.employeeId")}>{value.employee_id}</Fact>
        <Fact label={t("agent.created")}>
          <Moment at={value.created_at} />
        </Fact>
        <Fact label={t("agent.changed")}>
          <Moment at={value.changed_at} />
        </Fact>
      </Facts>
      <SavingNote saving={saving} />
      <AgentForm key={tag} present={{ agent: value, tag }} saving={saving} onClose={onClose} />
    </Stack>
  );
}

interface Present {
  agent: Agent;
  tag: string;
}

interface Props {
  /** The version that is changed; null if the agent is new. */
  present: Present | null;
  saving: Saving;
  onClose: () => void;
}

function AgentForm({ present, saving, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const { can } = useWho();
  const readOnly = !can("directory edit");
  const [entry, setEntry] = useState(() => (present === null ? NEW_ENTRY : entryOf(present.agent)));
  const [isRemoving, setRemoving] = useState(false);
  const forget = useForgetAgents();
  const save = async (): Promise<void> => {
    const id = entry.employee_id.trim();
    const header = present === null ? { "If-None-Match": "*" } : { "If-Match": present.tag };
    const body = { ...agentOf(entry), employee_id: id };
    const put = told(api.PUT("/api/v1/directory/agents/{employee_id}", { params: { path: { employee_id: id }, header }, body }));
    await (present === null ? put.catch((error: unknown) => refuseTaken(error, t("agent.taken"))) : put);
    await forget();
    notifications.show({ message: present === null ? t("agent.added") : t("agent.saved"), color: "green" });
    onClose();
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!readOnly) saving.run({ fields: AGENT_FIELDS, save, reload: forget });
  };
  return (
    <Stack component="form" gap="md" onSubmit={submit}>
      <AgentFields
        entry={entry}
        isNew={present === null}
        readOnly={readOnly}
        saving={saving}
        onChange={(change) => setEntry((before) => ({ ...before, ...change }))}
      />
      {!readOnly && (
        <FormFoot>
          {present !== null && (
            <Button variant="subtle" color="red" mr="auto" px="xs" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setRemoving(true)}>
              {t("agent.remove")}
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            {shared("action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {present === null ? t("directory.add") : shared("action.save")}
          </Button>
        </FormFoot>
      )}
      {present !== null && <RemoveAgent present={present} opened={isRemoving} onClose={() => setRemoving(false)} onRemoved={onClose} />}
    </Stack>
  );
}

/** Where an agent is to be new, a version that is there means that the id is taken. */
function refuseTaken(error: unknown, detail: string): never {
  const failure = asFailure(error);
  throw failure.status === 412 ? new Failure(409, { field: "employee_id", detail }) : failure;
}

function RemoveAgent({ present, opened, onClose, onRemoved }: { present: Present; opened: boolean; onClose: () => void; onRemoved: () => void }) {
  const { t } = useTranslation("users");
  const queries = useQueryClient();
  const { employee_id, agent_name } = present.agent;
  const remove = async (): Promise<void> => {
    await api.DELETE("/api/v1/directory/agents/{employee_id}", { params: { path: { employee_id }, header: { "If-Match": present.tag } } });
    onRemoved();
    notifications.show({ message: t("agent.removed"), color: "green" });
    // Not the agent itself, who is there no more.
    await queries.invalidateQueries({ queryKey: ["directory", "agents"] });
  };
  return (
    <Confirm
      opened={opened}
      title={t("agent.removeTitle", { name: agent_name ?? employee_id })}
      word={t("agent.remove")}
      act={remove}
      onClose={onClose}
    >
      {t("agent.removeText")}
    </Confirm>
  );
}
