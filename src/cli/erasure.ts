import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import type { Ask } from "./api-client.ts";
import { addApiCommands, filled, type Options, print, runWith } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import { fieldsOf } from "./table.ts";

const all = "/api/v1/erasure";
const one = `${all}/{}`;
const pollMs = 1_000;

export function addErasure(program: Command): void {
  const command = program
    .command("erasure")
    .description("erasing for good what an application has said, and the receipts");
  addBegin(command);
  addApiCommands(command, [
    {
      name: "list",
      description: "list them",
      method: "GET",
      path: all,
      columns: ["id", "status", "application", "endpoint", "message", "createdAt"],
    },
    {
      name: "show <ERASURE>",
      description: "show one, with its receipt",
      method: "GET",
      path: one,
    },
  ]);
}

/** The application is to be given twice, at a terminal and in scripts: one slip must not be enough. */
function addBegin(parent: Command): void {
  const command = parent
    .command("begin <APPLICATION>")
    .description(
      "take payloads and answers off the disk and out of the archive, deleted or not; there is no way back",
    )
    .requiredOption("--confirm <APPLICATION>", "the application again")
    .option("--endpoint <ENDPOINT>", "only what this one answered, and where it was")
    .option("--message <MESSAGE>", "only the message with this id")
    .option("--wait", "wait for the end");
  runWith(command, async (ask) => {
    const [application = ""] = command.args;
    const { confirm, endpoint, message, wait, json } = command.opts<Options>();
    if (confirm !== application) {
      throw new CommandFailure(
        "usage",
        "--confirm is not the application: there is no way back, so give it twice",
      );
    }
    const body = JSON.stringify({ application, endpoint, message });
    const begun = (await ask({ method: "POST", path: all, body })) as WatchedErasure; // its schema
    const erasure = wait === undefined ? begun : await finished(ask, begun.id);
    print(json === undefined ? fieldsOf({ ...erasure }) : JSON.stringify(erasure, undefined, 2));
  });
}

/** Of the API's erasures, what is looked at. */
interface WatchedErasure {
  readonly id: string;
  readonly status: "running" | "finished";
}

async function finished(ask: Ask, id: string): Promise<WatchedErasure> {
  const path = filled(one, [id]);
  for (;;) {
    const erasure = (await ask({ method: "GET", path })) as WatchedErasure; // its schema
    if (erasure.status === "finished") return erasure;
    await setTimeout(pollMs);
  }
}
