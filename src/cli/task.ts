import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { addApiCommands, filled, print, runWith } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";

const one = "/api/v1/background-task/{}";
const pollMs = 1_000;

/** Of the API's answers, what is looked at. */
interface Task {
  readonly id: string;
  readonly status: "running" | "finished" | "failed";
}

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
    const path = filled(one, command.args);
    let task = (await ask({ method: "GET", path })) as Task; // its schema
    while (task.status === "running") {
      await setTimeout(pollMs);
      task = (await ask({ method: "GET", path })) as Task; // its schema
    }
    const { json } = command.opts<{ readonly json?: true }>();
    print(json === true ? JSON.stringify(task, undefined, 2) : `${task.id} ${task.status}`);
    if (task.status === "failed") throw new CommandFailure("failed", `${task.id} has failed`);
  });
}
