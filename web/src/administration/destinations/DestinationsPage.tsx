/** Where reports are delivered to: folders, buckets, mail and webhooks. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { Answered } from "../../ui/Answered";
import { Page } from "../../ui/Page";
import { NoPermission } from "../../ui/States";
import { DestinationForm } from "./DestinationForm";
import { DestinationList } from "./DestinationList";

export function DestinationsPage() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const [isMaking, setIsMaking] = useState(false);
  const maySee = can("destinations view");
  const create = can("destinations edit") && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsMaking(true)}>
      {t("destinations.create")}
    </Button>
  );
  return (
    <Page title={t("destinations.title")} about={t("destinations.aboutPage")} actions={create}>
      {maySee ? <Destinations create={create} /> : <NoPermission needed={["destinations view"]} />}
      {isMaking && <DestinationForm destination={null} onClose={() => setIsMaking(false)} />}
    </Page>
  );
}

function Destinations({ create }: { create: React.ReactNode }) {
  const destinations = useQuery({
    queryKey: ["destinations", "listed"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/destinations", { signal })),
  });
  // Whoever may see destinations is told all of them.
  return <Answered query={destinations}>{(data) => <DestinationList destinations={data.destinations} create={create} />}</Answered>;
}
