/** The program with all its commands, each of which has a file of its own. */
import process from "node:process";
import { Command } from "commander";
import { version } from "../main/version.ts";
import { addApiKey } from "./api-key.ts";
import { addApp } from "./app.ts";
import { addArchive } from "./archive.ts";
import { addAudit } from "./audit.ts";
import { addCompletion } from "./completion.ts";
import { exitCodes } from "./command-failure.ts";
import { addDoctor } from "./doctor.ts";
import { addEndpoint } from "./endpoint.ts";
import { addErasure } from "./erasure.ts";
import { addEventType } from "./event-type.ts";
import { addKeys } from "./keys.ts";
import { addListen } from "./listen.ts";
import { addMessage } from "./message.ts";
import { addOperationalEndpoint } from "./operational-endpoint.ts";
import { addOverview } from "./overview.ts";
import { addServe } from "./serve.ts";
import { addTail } from "./tail.ts";
import { addSignature } from "./signature.ts";
import { addTask } from "./task.ts";
import { addToken } from "./token.ts";
import { addTrigger } from "./trigger.ts";

export function createProgram(): Command {
  const program = new Command("posthorn")
    .description(
      "Delivers webhooks: durable, fair to every endpoint, with the API of the Svix server.",
    )
    .version(version)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage));
  addServe(program);
  addToken(program);
  addDoctor(program);
  addArchive(program);
  addAudit(program);
  addKeys(program);
  addApiKey(program);
  addApp(program);
  addEventType(program);
  addEndpoint(program);
  addOperationalEndpoint(program);
  addMessage(program);
  addTask(program);
  addErasure(program);
  addOverview(program);
  addTail(program);
  addListen(program);
  addTrigger(program);
  addSignature(program);
  addCompletion(program);
  return program;
}
