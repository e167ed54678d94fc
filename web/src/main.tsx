/** The page's beginning: takes a key out of the address before anything is shown, then shows the page. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./components/App";
import { watchAddressForKeys } from "./session-key";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/table.css";

watchAddressForKeys();
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
