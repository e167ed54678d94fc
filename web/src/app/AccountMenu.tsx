/** Whose account it is, the page's language and look, and the way out. */
import { Avatar, Menu, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconDeviceDesktop, IconLanguage, IconLogout, IconMoon, IconShieldLock, IconSun } from "@tabler/icons-react";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure, explain } from "../api/failure";
import { LANGUAGES, type Language, chooseLanguage } from "../i18n";
import { useSessionHandle, useWho } from "../session/session";
import { FailureText } from "../ui/ServerWords";

const LOOKS = [
  { scheme: "light", word: "light", icon: IconSun },
  { scheme: "dark", word: "dark", icon: IconMoon },
  { scheme: "auto", word: "system", icon: IconDeviceDesktop },
] as const;

export function AccountMenu({ isNarrow }: { isNarrow: boolean }) {
  const { t, i18n } = useTranslation(["shell", "common"]);
  const { session } = useWho();
  const leave = useSigningOut();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();
  const { name } = session;
  const address = useRouterState({ select: (state) => state.location.href });
  const [opened, setOpened] = useState(false);
  const [before, setBefore] = useState(address);
  if (address !== before) {
    // On another page it would be in the way.
    setBefore(address);
    setOpened(false);
  }
  return (
    <Menu position="right-end" width={248} withinPortal opened={opened} onChange={setOpened}>
      <Menu.Target>
        <UnstyledButton className="account" aria-label={t("account.menu", { name })}>
          <Avatar size={28} radius="xl" color="rollcall" variant="filled" name={name} aria-hidden>
            {initials(name)}
          </Avatar>
          {!isNarrow && (
            <span className="account-name">
              <Text size="sm" fw={550} truncate>
                {name}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {session.kind === "api_key" ? t("account.key") : session.user?.account}
              </Text>
            </span>
          )}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("account.tenant", { tenant: session.tenant })}</Menu.Label>
        {session.kind === "user" && (
          <Menu.Item leftSection={<IconShieldLock size={16} aria-hidden />} onClick={() => void navigate({ to: "/account" })}>
            {t("account.security")}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Label>{t("common:word.language")}</Menu.Label>
        {Object.entries(LANGUAGES).map(([language, word]) => (
          <Menu.Item
            key={language}
            lang={language}
            leftSection={<IconLanguage size={16} aria-hidden />}
            rightSection={i18n.language === language ? <IconCheck size={16} aria-hidden /> : null}
            aria-current={i18n.language === language}
            onClick={() => void chooseLanguage(language as Language)}
          >
            {word}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("account.appearance")}</Menu.Label>
        {LOOKS.map(({ scheme, word, icon: LookIcon }) => (
          <Menu.Item
            key={scheme}
            leftSection={<LookIcon size={16} aria-hidden />}
            rightSection={colorScheme === scheme ? <IconCheck size={16} aria-hidden /> : null}
            aria-current={colorScheme === scheme}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`account.${word}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          {t("account.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Signs out, or tells why that has failed. */
function useSigningOut(): () => void {
  const { t } = useTranslation();
  const { signOut } = useSessionHandle();
  return () =>
    void signOut().catch(async (error: unknown) => {
      const failure = asFailure(error);
      const { notifications } = await import("@mantine/notifications");
      notifications.show({ title: explain(failure, t).what, message: <FailureText failure={failure} titled />, color: "red" });
    });
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => word?.[0]?.toUpperCase() ?? "").join("");
}
