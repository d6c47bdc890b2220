import process from "node:process";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError } from "commander";
import {
  type AuditHead,
  exportAuditOf,
  formatAuditHead,
  parseAuditHead,
  verifyAuditOf,
} from "../main/audit-access.ts";
import { addApiCommands } from "./api-command.ts";
import { addSettingsOptions } from "./settings-options.ts";
import { withSettings } from "./with-settings.ts";

export function addAudit(program: Command): void {
  const command = program
    .command("audit")
    .description(
      "list the audit log of a server; check it and take its entries out, beside one or without",
    );
  addList(command);
  addVerify(command);
  addExport(command);
}

function addList(parent: Command): void {
  addApiCommands(parent, [
    {
      name: "list",
      description: "list who did what, newest first",
      method: "GET",
      path: "/api/v1/audit-log",
      columns: ["id", "timestamp", "operation", "outcome", "credential", "application", "subjects"],
      options: {
        "--operation <ID>": "only of this operation, such as v1.endpoint.create",
        "--application <ID>": "only what was about this one, deleted or not",
        "--since <TIME>": "at or after this, ISO 8601",
        "--until <TIME>": "before this",
      },
      query: ({ operation, application, since, until }) => ({
        operation,
        application,
        since,
        until,
      }),
    },
  ]);
}

function addVerify(parent: Command): void {
  const command = parent
    .command("verify")
    .description("read all of the audit log and check it; exits with 1 if something is wrong")
    .option(
      "--head <SEQUENCE:HASH>",
      "a head that was kept elsewhere, as verify prints it and the server logs it at its start",
      parseHead,
    );
  addSettingsOptions(command).action(async ({ head }: { readonly head?: AuditHead }) => {
    await withSettings(command, async (settings) => {
      const verdict = verifyAuditOf(settings, head);
      if (verdict.kind === "whole") {
        process.stdout.write(`whole: ${formatAuditHead(verdict.head)}\n`);
        return;
      }
      process.exitCode = 1;
      tell(`the audit log is broken at entry ${verdict.sequence}: ${verdict.why}`);
    });
  });
}

function addExport(parent: Command): void {
  const command = parent
    .command("export")
    .description("print the audit log's entries, a line of JSON each")
    .option("--after <SEQUENCE>", "only those after this one", parseSequence, 0);
  addSettingsOptions(command).action(async ({ after }: { readonly after: number }) => {
    await withSettings(command, async (settings) => {
      const lines = function* (): Generator<string> {
        for (const line of exportAuditOf(settings, after)) yield `${line}\n`;
      };
      await pipeline(lines, process.stdout, { end: false });
    });
  });
}

function parseHead(text: string): AuditHead {
  const head = parseAuditHead(text);
  if (head !== undefined) return head;
  throw new InvalidArgumentError("Expected a number, a colon and 64 hexadecimal digits.");
}

function parseSequence(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected the number of an entry.");
}

function tell(text: string): void {
  process.stderr.write(`posthorn: ${text}\n`);
}
