/** One user: what is known of them, to be looked at or changed, and what can be done for them. */
import { Divider, Stack } from "@mantine/core";
import { useWho } from "../../session/session";
import { Answered } from "../../ui/Answered";
import { SideDrawer } from "../../ui/SideDrawer";
import { Waiting } from "../../ui/States";
import { useUser, useUsers } from "./queries";
import { UserActions } from "./UserActions";
import { UserFacts } from "./UserFacts";
import { UserForm } from "./UserForm";

export function UserDrawer({ id, onClose }: { id: string | null; onClose: () => void }) {
  const { data: users } = useUsers();
  const user = users?.find((one) => one.id === id);
  return (
    <SideDrawer opened={id !== null} title={user?.account ?? ""} onClose={onClose}>
      {id !== null && <UserBody key={id} id={id} onClose={onClose} />}
    </SideDrawer>
  );
}

function UserBody({ id, onClose }: { id: string; onClose: () => void }) {
  const { can } = useWho();
  const user = useUser(id);
  return (
    <Answered query={user} waiting={<Waiting lines={10} height={36} />}>
      {(present) => (
        <Stack gap="md">
          <UserFacts user={present.value} />
          <UserActions user={present.value} />
          <Divider />
          <UserForm id={id} present={present} readOnly={!can("users edit")} onClose={onClose} />
        </Stack>
      )}
    </Answered>
  );
}
