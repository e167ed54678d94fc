/** Agents as CSV. */
import { expect, it } from "vitest";
import { type AgentRow, EXAMPLE, agentsCsv } from "./csv";

const HEADER = "employee_id,agent_name,hierarchy,routing_profile,time_zone,tags,active,accounts\r\n";

it("writes what the directory imports", () => {
  expect(agentsCsv([EXAMPLE])).toBe(
    `${HEADER}4711,"Lind, Mara",EMEA / Stockholm / Billing,Billing,Europe/Stockholm,site=STO;team=A,true,keycloak:mara.lind;:SIP/8007\r\n`,
  );
});

it("keeps what divides parts, lines and cells", () => {
  const agent: AgentRow = { employee_id: 'a"b', tags: { rule: "x;y" }, active: false, accounts: [{ source: null, account: "tel:1" }] };
  expect(agentsCsv([agent])).toBe(`${HEADER}"a""b",,,,,rule=x\\;y,false,:tel:1\r\n`);
});
