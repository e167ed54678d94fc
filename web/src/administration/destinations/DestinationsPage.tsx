import { Page } from "../../ui/Page";

export function DestinationsPage() {
  return <Page title="DestinationsPage">…</Page>;
}
