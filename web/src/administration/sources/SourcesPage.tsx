/** Where events come from: sources, what was rejected of them, and the keys with which programs send. */
import { useTranslation } from "react-i18next";
import { useWho } from "../../session/session";
import { Page } from "../../ui/Page";
import { NoPermission } from "../../ui/States";
import { type PageTab, PageTabs } from "../settings/PageTabs";
import { KeysTab } from "./KeysTab";
import { RejectedTab } from "./RejectedTab";
import { SourcesTab } from "./SourcesTab";

export function SourcesPage() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const tabs: PageTab[] = [];
  if (can("sources view")) {
    tabs.push({ name: "sources", label: t("sources.tab"), content: <SourcesTab /> });
    tabs.push({ name: "rejected", label: t("rejected.tab"), content: <RejectedTab /> });
  }
  if (can("users view")) tabs.push({ name: "keys", label: t("keys.tab"), content: <KeysTab /> });
  return (
    <Page title={t("sources.title")} about={t("sources.about")}>
      {tabs.length === 0 ? <NoPermission needed={["sources view", "users view"]} /> : <PageTabs label={t("sources.title")} tabs={tabs} />}
    </Page>
  );
}
