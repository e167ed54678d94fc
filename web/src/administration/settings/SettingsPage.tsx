/** The settings, in tabs: each is there for those who may see it. */
import { useTranslation } from "react-i18next";
import { useWho } from "../../session/session";
import { Page } from "../../ui/Page";
import { NoPermission } from "../../ui/States";
import { AlertsTab } from "./AlertsTab";
import { CatalogueTab } from "./CatalogueTab";
import { ExportsTab } from "./ExportsTab";
import { OperationsTab } from "./OperationsTab";
import { PageTabs } from "./PageTabs";
import { RetentionTab } from "./RetentionTab";
import { SignInTab } from "./SignInTab";
import { SingleSignOnTab } from "./SingleSignOnTab";

const TABS = [
  { name: "sign-in", word: "signIn", needs: ["settings view", "settings edit"], Tab: SignInTab },
  { name: "single-sign-on", word: "sso", needs: ["settings view"], Tab: SingleSignOnTab },
  { name: "exports", word: "exports", needs: ["settings view", "settings edit"], Tab: ExportsTab },
  { name: "alerts", word: "alerts", needs: ["settings view"], Tab: AlertsTab },
  { name: "retention", word: "retention", needs: ["retention view"], Tab: RetentionTab },
  { name: "catalogue", word: "catalogue", needs: ["settings view"], Tab: CatalogueTab },
  { name: "operations", word: "operations", needs: ["operations view"], Tab: OperationsTab },
] as const;

export function SettingsPage() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const tabs = TABS.filter(({ needs }) => can(...needs)).map(({ name, word, Tab }) => ({ name, label: t(`settings.tab.${word}`), content: <Tab /> }));
  return (
    <Page title={t("settings.title")} about={t("settings.about")}>
      {tabs.length === 0 ? (
        <NoPermission needed={["settings view", "retention view", "operations view"]} />
      ) : (
        <PageTabs label={t("settings.title")} tabs={tabs} />
      )}
    </Page>
  );
}
