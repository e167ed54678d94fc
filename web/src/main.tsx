/** The page's beginning: takes out of the address what is no view before anything is shown, then shows the page. */
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/page.css";
import "./app/forced-colours.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startWords } from "./i18n";
import { watchAddressForKeys } from "./session/key";
import { returnFromProvider } from "./session/return-from-provider";

watchAddressForKeys();
const signInError = returnFromProvider();
const root = document.querySelector("#root");
void startWords().then(() => {
  if (root === null) return;
  createRoot(root).render(
    <StrictMode>
      <App signInError={signInError} />
    </StrictMode>,
  );
});
