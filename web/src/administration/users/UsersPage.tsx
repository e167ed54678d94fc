/** Users, and who of them is signed in. */
import { Button, Tabs } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../session/session";
import { Page } from "../../ui/Page";
import { NoPermission } from "../../ui/States";
import { NewUserDrawer } from "./NewUserDrawer";
import { SessionList } from "./SessionList";
import { useAddress } from "../../ui/use-address";
import { UserDrawer } from "./UserDrawer";
import { UserList } from "./UserList";

const NEW = "new";
const SIGNED_IN = "signed_in";

export function UsersPage() {
  const { t } = useTranslation("users");
  const { can } = useWho();
  const [tab, setTab] = useAddress("show");
  const [user, setUser] = useAddress("user");
  if (!can("users view")) {
    return (
      <Page title={t("user.title")}>
        <NoPermission needed={["users view"]} />
      </Page>
    );
  }
  const close = (): void => setUser(null);
  return (
    <Page
      title={t("user.title")}
      about={t("user.about")}
      actions={
        can("users edit") && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setUser(NEW)}>
            {t("user.add")}
          </Button>
        )
      }
    >
      <Tabs value={tab === SIGNED_IN ? SIGNED_IN : "users"} onChange={(value) => setTab(value === SIGNED_IN ? value : null)} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="users">{t("user.list")}</Tabs.Tab>
          <Tabs.Tab value={SIGNED_IN}>{t("user.signedIn")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <UserList onOpen={setUser} />
        </Tabs.Panel>
        <Tabs.Panel value={SIGNED_IN}>
          <SessionList onOpen={setUser} />
        </Tabs.Panel>
      </Tabs>
      <NewUserDrawer opened={user === NEW} onClose={close} />
      <UserDrawer id={user === NEW ? null : user} onClose={close} />
    </Page>
  );
}
