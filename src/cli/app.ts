import type { Command } from "commander";
import { addApiCommands } from "./api-command.ts";

export function addApp(program: Command): void {
  const one = "/api/v1/app/{}";
  const options = { "--uid <UID>": "an id of your own" };
  addApiCommands(program.command("app").description("applications of the server"), [
    {
      name: "list",
      description: "list them",
      method: "GET",
      path: "/api/v1/app",
      columns: ["id", "uid", "name", "createdAt"],
    },
    { name: "show <APPLICATION>", description: "show one", method: "GET", path: one },
    {
      name: "create",
      description: "make one",
      method: "POST",
      path: "/api/v1/app",
      options: { "--name <NAME>": "what people call it", ...options },
      body: ({ name, uid }) => JSON.stringify({ name, uid }),
    },
    {
      name: "update <APPLICATION>",
      description: "change what is given",
      method: "PATCH",
      path: one,
      options: { "--name <NAME>": "what people call it", ...options },
      body: ({ name, uid }) => JSON.stringify({ name, uid }),
    },
    { name: "delete <APPLICATION>", description: "delete one", method: "DELETE", path: one },
  ]);
}
