/** What can be done for a user beside changing them: another password, no second factor, signing out, acting as them. */
import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconKey, IconLogout, IconShieldOff, IconUserShare } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { type User, useForgetUsers, useSessions } from "./queries";
import { PasswordShown } from "./PasswordShown";
import { useImpersonation } from "./use-impersonation";

type Act = "password" | "factor" | "signOut" | "impersonate";

export function UserActions({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const { can, session } = useWho();
  const [act, setAct] = useState<Act | null>(null);
  const { data: sessions } = useSessions();
  const theirs = sessions?.filter((one) => one.user.id === user.id) ?? [];
  const mayEdit = can("users edit");
  // A key acts as nobody, and nobody as themselves or as a third.
  const mayAct = can("impersonate use") && session.kind === "user" && session.user?.id !== user.id && !session.impersonator && user.active;
  if (!mayEdit && !mayAct) return null;
  return (
    <>
      <Group gap="xs" role="group" aria-label={t("act.title")}>
        {mayEdit && (
          <Button size="xs" variant="default" leftSection={<IconKey size={16} aria-hidden />} onClick={() => setAct("password")}>
            {t("act.resetPassword")}
          </Button>
        )}
        {mayEdit && user.has_second_factor && (
          <Button size="xs" variant="default" leftSection={<IconShieldOff size={16} aria-hidden />} onClick={() => setAct("factor")}>
            {t("act.resetFactor")}
          </Button>
        )}
        {mayEdit && theirs.length > 0 && (
          <Button size="xs" variant="default" leftSection={<IconLogout size={16} aria-hidden />} onClick={() => setAct("signOut")}>
            {t("act.signOut")}
          </Button>
        )}
        {mayAct && (
          <Button size="xs" variant="default" leftSection={<IconUserShare size={16} aria-hidden />} onClick={() => setAct("impersonate")}>
            {t("act.impersonate")}
          </Button>
        )}
      </Group>
      <ActDialogs user={user} act={act} sessionIds={theirs.map(({ id }) => id)} onClose={() => setAct(null)} />
    </>
  );
}

interface Props {
  user: User;
  act: Act | null;
  sessionIds: readonly string[];
  onClose: () => void;
}

function ActDialogs({ user, act, sessionIds, onClose }: Props) {
  const { t } = useTranslation("users");
  const [password, setPassword] = useState<string | null>(null);
  const forget = useForgetUsers();
  const impersonate = useImpersonation();
  const { id, account, display_name: name } = user;
  const params = { path: { id } };
  const resetPassword = async (): Promise<void> => {
    const answer = await told(api.POST("/api/v1/users/{id}/password-reset", { params }));
    setPassword(answer.password);
    await forget();
  };
  const resetFactor = async (): Promise<void> => {
    await told(api.POST("/api/v1/users/{id}/second-factor-reset", { params }));
    await forget();
    notifications.show({ message: t("act.factorReset"), color: "green" });
  };
  const signOut = async (): Promise<void> => {
    await Promise.all(sessionIds.map((session) => api.DELETE("/api/v1/sessions/{id}", { params: { path: { id: session } } })));
    await forget();
    notifications.show({ message: t("act.signedOut", { name }), color: "green" });
  };
  return (
    <>
      <Confirm opened={act === "password"} title={t("act.resetPassword")} word={t("act.resetPassword")} act={resetPassword} onClose={onClose}>
        {t("act.resetPasswordText", { name })}
      </Confirm>
      <Confirm opened={act === "factor"} title={t("act.resetFactor")} word={t("act.resetFactor")} act={resetFactor} onClose={onClose}>
        {t("act.resetFactorText", { name })}
      </Confirm>
      <Confirm opened={act === "signOut"} title={t("act.signOut")} word={t("act.signOut")} act={signOut} onClose={onClose}>
        {t("act.signOutText", { name, count: sessionIds.length })}
      </Confirm>
      <Confirm
        opened={act === "impersonate"}
        title={t("act.impersonate")}
        word={t("act.impersonateWord", { name })}
        color="rollcall"
        act={() => impersonate(id)}
        onClose={onClose}
      >
        {t("act.impersonateText", { name })}
      </Confirm>
      <PasswordShown title={t("secret.reset", { account })} password={password} onClose={() => setPassword(null)} />
    </>
  );
}
