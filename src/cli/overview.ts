import type { Command } from "commander";
import { addApiCommands } from "./api-command.ts";

export function addOverview(program: Command): void {
  addApiCommands(program, [
    {
      name: "overview",
      description: "how the server does: queues, and the endpoints that fail first",
      method: "GET",
      path: "/api/v1/overview",
    },
    {
      name: "job-dbs",
      description: "the files of messages that the server has, and the room on its disk",
      method: "GET",
      path: "/api/v1/job-db",
    },
  ]);
}
