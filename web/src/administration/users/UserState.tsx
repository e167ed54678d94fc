/** Whether a user may sign in, and whether anything is left to be done for it. */
import { Group, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconHourglass } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { User } from "./queries";
import classes from "./UserState.module.css";

export function UserState({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const [StateIcon, word, colour] = user.active
    ? user.must_change_password
      ? ([IconHourglass, t("user.firstPassword"), undefined] as const)
      : ([IconCircleCheck, t("user.active"), undefined] as const)
    : ([IconCircleX, t("user.disabled"), "dimmed"] as const);
  return (
    <Group gap={6} wrap="nowrap" className={classes.state}>
      <StateIcon size={16} aria-hidden />
      <Text span size="sm" {...(colour === undefined ? {} : { c: colour })}>
        {word}
      </Text>
    </Group>
  );
}
