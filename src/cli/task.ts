import type { Command } from "commander";
import { addApiCommands, print, runWith } from "./api-command.ts";
import { assertFinished, endText, watchTask } from "./watch-task.ts";

const one = "/api/v1/background-task/{}";
export function addTask(program: Command): void {
  const command = program.command("task").description("background tasks of the server");
  addApiCommands(command, [
    {
      name: "list",
      description: "list them",
      method: "GET",
      path: "/api/v1/background-task",
      columns: ["id", "task", "status", "updatedAt"],
    },
    { name: "show <TASK>", description: "show one", method: "GET", path: one },
    { name: "abort <TASK>", description: "end one", method: "POST", path: `${one}/cancel` },
  ]);
  addWatch(command);
}

function addWatch(parent: Command): void {
  const command = parent
    .command("watch <TASK>")
    .description("wait until one ends; exits with 1 if it has failed");
  runWith(command, async (ask) => {
    const task = await watchTask(ask, command.args[0] ?? "");
    const { json } = command.opts<{ readonly json?: true }>();
    print(json === true ? JSON.stringify(task, undefined, 2) : endText(task));
    assertFinished(task);
  });
}
