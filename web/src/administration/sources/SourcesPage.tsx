import { Page } from "../../ui/Page";

export function SourcesPage() {
  return <Page title="SourcesPage">…</Page>;
}
