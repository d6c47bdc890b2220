#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=200
/** The command line. Every command has a file of its own. */
import { Command } from "commander";
import { version } from "../main/version.ts";
import { addDoctor } from "./doctor.ts";
import { addAudit } from "./audit.ts";
import { addArchive } from "./archive.ts";
import { addKeys } from "./keys.ts";
import { addServe } from "./serve.ts";
import { addToken } from "./token.ts";

const program = new Command("posthorn")
  .description(
    "Delivers webhooks: durable, fair to every endpoint, with the API of the Svix server.",
  )
  .version(version);
addServe(program);
addToken(program);
addDoctor(program);
addArchive(program);
addAudit(program);
addKeys(program);
await program.parseAsync();
