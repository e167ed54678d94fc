/** What is said of an agent, to be looked at or changed. */
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { Failure, asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { DraftForm } from "../../ui/DraftForm";
import { Confirm } from "../../ui/Confirm";
import { type TextOf } from "../../ui/ConflictNote";
import { FormFoot } from "../../ui/SideDrawer";
import { useUnsaved } from "../../ui/unsaved";
import { type Versioned, useDraft } from "../../ui/use-draft";
import { useSaving } from "../../ui/use-saving";
import { AGENT_FIELDS, AgentFields } from "./AgentFields";
import { type AgentEntry, NEW_ENTRY, agentOf, entryOf } from "./entry";
import { type Agent, freshAgent, useForgetAgents } from "./queries";

interface Props {
  /** The version that is changed; null if the agent is new. */
  present: Versioned<Agent> | null;
  onClose: () => void;
}

export function AgentForm({ present, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const { can } = useWho();
  const readOnly = !can("directory edit");
  const draft = useDraft(present === null ? { value: NEW_ENTRY, tag: "" } : versionOf(present));
  const saving = useSaving(AGENT_FIELDS);
  const [isRemoving, setRemoving] = useState(false);
  const forget = useForgetAgents();
  const texts = useTexts();
  useUnsaved(draft.isChanged);
  const id = draft.value.employee_id.trim();
  const save = async (): Promise<void> => {
    const header = present === null ? { "If-None-Match": "*" } : { "If-Match": draft.tag };
    const body = { ...agentOf(draft.value), employee_id: id };
    const put = told(api.PUT("/api/v1/directory/agents/{employee_id}", { params: { path: { employee_id: id }, header }, body }));
    await (present === null ? put.catch((error: unknown) => refuseTaken(error, t("agent.taken"))) : put);
    await forget();
    notifications.show({ message: present === null ? t("agent.added") : t("agent.saved"), color: "green" });
    onClose();
  };
  const meet = async (): Promise<void> => {
    draft.meet(versionOf(await freshAgent(id)));
    await forget();
  };
  const submit = (): void => {
    if (!readOnly) saving.run({ save, meet });
  };
  return (
    <DraftForm saving={saving} draft={draft} fields={texts} onSubmit={submit}>
      <AgentFields
        entry={draft.value}
        isNew={present === null}
        readOnly={readOnly}
        at={saving.at}
        onChange={(part) => {
          draft.set(part);
          saving.touched(...Object.keys(part));
        }}
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
    </DraftForm>
  );
}

function versionOf({ value, tag }: Versioned<Agent>): Versioned<AgentEntry> {
  return { value: entryOf(value), tag };
}

function useTexts(): TextOf<AgentEntry>[] {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  return [
    { label: t("agent.name"), text: ({ agent_name }) => agent_name },
    { label: t("agent.hierarchy"), text: ({ hierarchy }) => hierarchy },
    { label: t("agent.routingProfile"), text: ({ routing_profile }) => routing_profile },
    { label: t("agent.timeZone"), text: ({ time_zone }) => time_zone },
    { label: t("agent.accounts"), text: ({ accounts }) => accounts.map(({ source, account }) => (source === "" ? account : `${source}: ${account}`)).join(", ") },
    { label: t("agent.tags"), text: ({ tags }) => tags.map(({ key, value }) => `${key}=${value}`).join(", ") },
    { label: t("agent.active"), text: ({ active }) => shared(active ? "word.yes" : "word.no") },
  ];
}

/** Where an agent is to be new, a version that is there means that the id is taken. */
function refuseTaken(error: unknown, detail: string): never {
  const failure = asFailure(error);
  throw failure.status === 412 ? new Failure(409, { field: "employee_id", detail }) : failure;
}

interface RemoveProps {
  present: Versioned<Agent>;
  opened: boolean;
  onClose: () => void;
  onRemoved: () => void;
}

function RemoveAgent({ present, opened, onClose, onRemoved }: RemoveProps) {
  const { t } = useTranslation("users");
  const queries = useQueryClient();
  const { employee_id, agent_name } = present.value;
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
