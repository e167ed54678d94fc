/** What the server knows of a user that nobody enters. */
import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../i18n/use-format";
import { Moment } from "../../ui/Moment";
import classes from "./Facts.module.css";
import type { User } from "./queries";
import { UserState } from "./UserState";

export function UserFacts({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const format = useFormat();
  const ways = [...(user.has_password ? [t("user.password")] : []), ...(user.has_openid ? [t("user.openid")] : [])];
  return (
    <Facts>
      <Fact label={t("user.state")}>
        <UserState user={user} />
      </Fact>
      <Fact label={t("user.signIn")}>{ways.length === 0 ? t("user.nothing") : format.list(ways)}</Fact>
      <Fact label={t("user.factor")}>{user.has_second_factor ? t("user.factorOn") : t("user.factorOff")}</Fact>
      <Fact label={t("user.lastSignIn")}>
        <Moment at={user.last_sign_in_at} otherwise={shared("word.never")} />
      </Fact>
      <Fact label={t("user.created")}>
        <Moment at={user.created_at} />
      </Fact>
      <Fact label={t("user.changed")}>
        <Moment at={user.changed_at} />
      </Fact>
    </Facts>
  );
}

/** Names with their values, two beside each other where there is room. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>;
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Group component="dd" gap={4} m={0} fz="sm">
        {children}
      </Group>
    </div>
  );
}
