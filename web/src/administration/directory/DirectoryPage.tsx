import { Page } from "../../ui/Page";

export function DirectoryPage() {
  return <Page title="DirectoryPage">…</Page>;
}
