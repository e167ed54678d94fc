/** One agent, to be looked at, changed, removed or added. */
import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Answered } from "../../ui/Answered";
import { Moment } from "../../ui/Moment";
import { SideDrawer } from "../../ui/SideDrawer";
import { Waiting } from "../../ui/States";
import { Fact, Facts } from "../users/UserFacts";
import { AgentForm } from "./AgentForm";
import { useAgent } from "./queries";

/** Opens the drawer for an agent that is to be added. A slash is in front, so that no agent's id is meant. */
export const NEW = "/new";

export function AgentDrawer({ opened, onClose }: { opened: string | null; onClose: () => void }) {
  const { t } = useTranslation("users");
  const { data: present } = useAgent(opened === NEW ? null : opened);
  const title = opened === NEW ? t("agent.addTitle") : (present?.value.agent_name ?? opened ?? "");
  return (
    <SideDrawer opened={opened !== null} title={title} onClose={onClose}>
      {opened === NEW && <AgentForm present={null} onClose={onClose} />}
      {opened !== null && opened !== NEW && <PresentAgent key={opened} id={opened} onClose={onClose} />}
    </SideDrawer>
  );
}

function PresentAgent({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("users");
  const agent = useAgent(id);
  return (
    <Answered query={agent} waiting={<Waiting lines={10} height={36} />}>
      {(present) => (
        <Stack gap="md">
          <Facts>
            <Fact label={t("agent.employeeId")}>{present.value.employee_id}</Fact>
            <Fact label={t("agent.created")}>
              <Moment at={present.value.created_at} />
            </Fact>
            <Fact label={t("agent.changed")}>
              <Moment at={present.value.changed_at} />
            </Fact>
          </Facts>
          <AgentForm present={present} onClose={onClose} />
        </Stack>
      )}
    </Answered>
  );
}
