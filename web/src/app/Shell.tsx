/** The frame around every page: the navigation, whose account it is, and whom they act as. */
import { AppShell, Box, Burger, Group, NavLink, ScrollArea, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { type MouseEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ActingBanner } from "../session/ActingBanner";
import { useIsSwitched, useWho } from "../session/session";
import { AccountMenu } from "./AccountMenu";
import { Mark } from "./Mark";
import { SlowNote } from "./SlowNote";
import { UnsavedGuard } from "./UnsavedGuard";
import { visible } from "./navigation";

const WIDE = 232;
const NARROW = 56;

export function Shell() {
  const { t } = useTranslation("shell");
  const who = useWho();
  const [opened, { toggle, close }] = useDisclosure(false);
  const [narrow, setNarrow] = useLocalStorage({ key: "rollcall.navigation.narrow", defaultValue: false, getInitialValueInEffect: false });
  const isPhone = useMediaQuery("(max-width: 48em)");
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLDivElement>(null);
  const lastPath = useRef(path);
  useEffect(() => {
    close();
    // Whoever hears the page begins at the top of another one.
    if (lastPath.current !== path) main.current?.focus({ preventScroll: true });
    lastPath.current = path;
  }, [path, close]);
  const isBack = useIsSwitched() && who.session.impersonator == null;
  useEffect(() => {
    if (isBack) main.current?.focus({ preventScroll: true });
  }, [isBack]);
  const isNarrow = narrow && !isPhone;
  const toContent = (event: MouseEvent): void => {
    // The address belongs to the view: a link to a place in the page would take it over.
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <AppShell
      navbar={{ width: isNarrow ? NARROW : WIDE, breakpoint: "sm", collapsed: { mobile: !opened } }}
      header={{ height: 48, collapsed: !isPhone }}
      padding={0}
    >
      <a href="#content" className="skip" onClick={toContent}>
        {t("skip")}
      </a>
      <AppShell.Header px="md" hiddenFrom="sm">
        <Group h="100%" gap="sm">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label={opened ? t("closeNavigation") : t("openNavigation")} aria-expanded={opened} />
          <Mark size={22} />
          <Text fw={650}>{t("product")}</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t("navigation")}>
        <AppShell.Section p="sm" visibleFrom="sm">
          <Group gap="sm" wrap="nowrap" justify={isNarrow ? "center" : "space-between"}>
            <Link to="/overview" className="brand">
              <Mark size={24} />
              {!isNarrow && <Text fw={650}>{t("product")}</Text>}
            </Link>
            {!isNarrow && (
              <UnstyledButton className="icon-button" onClick={() => setNarrow(true)} aria-label={t("collapse")}>
                <IconLayoutSidebarLeftCollapse size={18} aria-hidden />
              </UnstyledButton>
            )}
          </Group>
        </AppShell.Section>
        <AppShell.Section grow component={ScrollArea} type="auto">
          <Box px="xs" pb="sm">
            {visible(who).map(({ name, entries }) => (
              <Box key={name ?? ""} role="group" aria-label={name === null ? undefined : t(`group.${name}`)}>
                {name !== null && !isNarrow && (
                  <Text size="xs" c="dimmed" fw={600} px="xs" pt="sm" pb={4} aria-hidden>
                    {t(`group.${name}`)}
                  </Text>
                )}
                {entries.map(({ page, path: to, icon: PageIcon }) => (
                  <NavLink
                    key={page}
                    renderRoot={(props) => <Link to={to} {...props} />}
                    active={path === to || path.startsWith(`${to}/`)}
                    aria-current={path === to ? "page" : undefined}
                    label={isNarrow ? undefined : t(`page.${page}`)}
                    aria-label={isNarrow ? t(`page.${page}`) : undefined}
                    title={isNarrow ? t(`page.${page}`) : undefined}
                    leftSection={<PageIcon size={18} stroke={1.6} aria-hidden />}
                    className="nav-entry"
                  />
                ))}
              </Box>
            ))}
          </Box>
        </AppShell.Section>
        <AppShell.Section p="xs" className="nav-foot">
          {isNarrow && (
            <UnstyledButton className="icon-button" onClick={() => setNarrow(false)} aria-label={t("expand")}>
              <IconLayoutSidebarLeftExpand size={18} aria-hidden />
            </UnstyledButton>
          )}
          <AccountMenu isNarrow={isNarrow} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main className="main">
        <SlowNote />
        <ActingBanner />
        <Box id="content" ref={main} tabIndex={-1} className="content">
          <Outlet />
        </Box>
      </AppShell.Main>
      <UnsavedGuard />
    </AppShell>
  );
}
