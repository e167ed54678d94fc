/** Deletes a security profile; if somebody has it, says who. */
import { Anchor, List, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import type { Profile, User } from "../users/queries";
import { useHolders } from "./use-holders";

interface Props {
  profile: Profile;
  tag: string;
  opened: boolean;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteProfile({ profile, tag, opened, onClose, onDeleted }: Props) {
  const { t } = useTranslation("users");
  const queries = useQueryClient();
  const holders = useHolders();
  const { id, name } = profile;
  const having = holders?.(id) ?? [];
  if (having.length > 0) return <InUse name={name} holders={having} opened={opened} onClose={onClose} />;
  const remove = async (): Promise<void> => {
    await api.DELETE("/api/v1/profiles/{id}", { params: { path: { id }, header: { "If-Match": tag } } });
    onDeleted();
    await queries.invalidateQueries({ queryKey: ["profiles"], exact: true });
    notifications.show({ message: t("profile.deleted"), color: "green" });
  };
  return (
    <Confirm opened={opened} title={t("profile.deleteTitle", { name })} word={t("profile.delete")} act={remove} onClose={onClose}>
      {holders === null ? t("profile.deleteUnknown") : t("profile.deleteText")}
    </Confirm>
  );
}

function InUse({ name, holders, opened, onClose }: { name: string; holders: readonly User[]; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("users");
  return (
    <Dialog opened={opened} onClose={onClose} title={t("profile.inUse", { name })}>
      <Stack gap="sm">
        <Text size="sm">{t("profile.inUseText", { count: holders.length })}</Text>
        <List size="sm">
          {holders.map(({ id, display_name, account }) => (
            <List.Item key={id}>
              <Anchor size="sm" renderRoot={(props) => <Link to="/admin/users" search={{ user: id }} {...props} />}>
                {display_name}
              </Anchor>{" "}
              <Text span size="sm" c="dimmed">
                {account}
              </Text>
            </List.Item>
          ))}
        </List>
      </Stack>
    </Dialog>
  );
}
