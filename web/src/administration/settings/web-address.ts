/** Whether a text is an address that browsers and this server may be sent to: by https, on one's own machine by http too. */
export type AddressFault = "none" | "insecure" | "path";

export function addressFault(text: string, allowsPath: boolean): AddressFault | null {
  let address: URL;
  try {
    address = new URL(text);
  } catch {
    return "none";
  }
  if (address.protocol !== "https:" && address.protocol !== "http:") return "none";
  if (address.protocol === "http:" && !isLoopback(address.hostname)) return "insecure";
  if (address.search !== "" || address.hash !== "" || address.username !== "" || address.password !== "") return "none";
  return !allowsPath && address.pathname !== "/" ? "path" : null;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
