/** The page's beginning: takes out of the address what is no view before anything is shown, then shows the page. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./components/App";
import { returnFromProvider } from "./return-from-provider";
import { watchAddressForKeys } from "./session-key";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/table.css";

watchAddressForKeys();
const signInError = returnFromProvider();
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App signInError={signInError} />
    </StrictMode>,
  );
}
