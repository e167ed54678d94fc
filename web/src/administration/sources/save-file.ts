/** Hands a file that was fetched to the browser's downloads. */
import { fetchFile } from "../../api/client";

export async function saveFile(path: string): Promise<void> {
  const { blob, name } = await fetchFile(path);
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after this turn.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
