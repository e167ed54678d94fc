/** The directory of agents: found by the server, page after page. */
import { Button, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconSearch, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { Page } from "../../ui/Page";
import { Empty, FailureNote, NoPermission, Waiting } from "../../ui/States";
import { useAddress } from "../../ui/use-address";
import { AgentDrawer, NEW } from "./AgentDrawer";
import { AgentTable } from "./AgentTable";
import { ExportButton } from "./ExportButton";
import { ImportDialog } from "./ImportDialog";
import { useAgents } from "./queries";

/** How long somebody pauses before what they type is looked for. */
const PAUSE_MS = 250;

export function DirectoryPage() {
  const { t } = useTranslation("users");
  const { can } = useWho();
  const [agent, setAgent] = useAddress("agent");
  const [isImporting, setImporting] = useState(false);
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), PAUSE_MS);
  if (!can("directory view")) {
    return (
      <Page title={t("directory.title")}>
        <NoPermission needed={["directory view"]} />
      </Page>
    );
  }
  const mayEdit = can("directory edit");
  return (
    <Page
      title={t("directory.title")}
      about={t("directory.about")}
      actions={
        <>
          <ExportButton search={search} />
          {mayEdit && (
            <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} onClick={() => setImporting(true)}>
              {t("directory.import")}
            </Button>
          )}
          {mayEdit && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAgent(NEW)}>
              {t("directory.add")}
            </Button>
          )}
        </>
      }
    >
      <AgentList search={search} typed={typed} onType={setTyped} onOpen={setAgent} />
      <AgentDrawer opened={agent} onClose={() => setAgent(null)} />
      <ImportDialog opened={isImporting} onClose={() => setImporting(false)} />
    </Page>
  );
}

interface Props {
  search: string;
  typed: string;
  onType: (text: string) => void;
  onOpen: (id: string) => void;
}

function AgentList({ search, typed, onType, onOpen }: Props) {
  const { t } = useTranslation("users");
  const format = useFormat();
  const found = useAgents(search);
  const agents = found.data?.pages.flatMap((page) => page.agents);
  const shown = format.number(agents?.length ?? 0);
  // Servers before it don't tell how many there are in all.
  const total = (found.data?.pages[0] as { total?: number } | undefined)?.total;
  return (
    <>
      <Group mb="sm" gap="sm" justify="space-between">
        <TextInput
          type="search"
          w={320}
          maw="100%"
          value={typed}
          onChange={(event) => onType(event.currentTarget.value)}
          placeholder={t("directory.search")}
          aria-label={t("directory.search")}
          leftSection={<IconSearch size={16} aria-hidden />}
        />
        <Text size="sm" c="dimmed" role="status">
          {agents !== undefined && total !== undefined && t("directory.shown", { count: total, shown: format.number(total) })}
          {agents !== undefined &&
            total === undefined &&
            (found.hasNextPage ? t("directory.shownMore", { shown }) : t("directory.shown", { count: agents.length, shown }))}
        </Text>
      </Group>
      {found.isError && <FailureNote failure={asFailure(found.error)} onAgain={() => void found.refetch()} />}
      {agents === undefined && !found.isError && <Waiting lines={14} height={24} />}
      {agents?.length === 0 && <Nothing isSearch={search !== ""} onClear={() => onType("")} />}
      {agents !== undefined && agents.length > 0 && <AgentTable agents={agents} isWaiting={found.isPlaceholderData} onOpen={onOpen} />}
      {found.hasNextPage && !found.isPlaceholderData && (
        <Group justify="center" mt="sm">
          <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t("directory.more")}
          </Button>
        </Group>
      )}
    </>
  );
}

function Nothing({ isSearch, onClear }: { isSearch: boolean; onClear: () => void }) {
  const { t } = useTranslation("users");
  if (!isSearch) return <Empty what={t("directory.empty")} advice={t("directory.emptyAdvice")} />;
  return (
    <Empty what={t("directory.nothing")} advice={t("directory.nothingAdvice")}>
      <Button variant="default" onClick={onClear}>
        {t("directory.clear")}
      </Button>
    </Empty>
  );
}
