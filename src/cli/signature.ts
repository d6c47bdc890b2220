/** Signs and verifies webhooks, without a server: for receivers, and for who wants to know why one was refused. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import {
  checkSigningSecret,
  checkVerifyingSecret,
  type SigningSecretCheck,
} from "../core/signing-secret.ts";
import { type SignatureVerdict, signWebhook, verifyWebhook } from "../main/webhook-signature.ts";
import { type Options, print } from "./api-command.ts";
import { attempt, CommandFailure } from "./command-failure.ts";
import { bytesOf, countOf } from "./option-values.ts";

/** Where the secret is taken from, as flags are seen by every process. */
const secretVariable = "WEBHOOK_SECRET";
/** What receivers allow (Standard Webhooks, "Verifying webhook authenticity"; the official libraries' figure). */
const toleranceSecondsDefault = "300";

export function addSignature(program: Command): void {
  const command = program
    .command("signature")
    .description("sign and verify webhooks by Standard Webhooks, without a server");
  addSign(command);
  addVerify(command);
}

function addSign(parent: Command): void {
  const command = parent
    .command("sign")
    .description("print the three headers of a webhook with this body");
  addParts(command)
    .option("--timestamp <SECONDS>", "the webhook-timestamp; now by default")
    .action((options: Options) =>
      attempt(async () => {
        const { id, timestamp, payload, secret } = await partsOf(options, checkSigningSecret);
        const signature = signWebhook(secret, { id, timestamp, payload });
        print(`webhook-id: ${id}\nwebhook-timestamp: ${timestamp}`);
        print(`webhook-signature: ${signature}`);
      }),
    );
}

function addVerify(parent: Command): void {
  const command = parent
    .command("verify")
    .description("say whether a webhook is what it says; exits with 1 if not, and tells why");
  addParts(command)
    .requiredOption("--timestamp <SECONDS>", "the webhook-timestamp")
    .requiredOption("--signature <LIST>", "the webhook-signature")
    .option(
      "--tolerance-seconds <COUNT>",
      "how far the timestamp may be from now, or none for any",
      toleranceSecondsDefault,
    )
    .action((options: Options) =>
      attempt(async () => {
        const { secret, ...signable } = await partsOf(options, checkVerifyingSecret);
        const verdict = verifyWebhook(secret, signable, options["signature"] ?? "");
        if (verdict.kind === "wrong") throw new CommandFailure("failed", whyWrong(verdict));
        const tolerance = countOf("--tolerance-seconds", options["toleranceSeconds"]) ?? Infinity;
        assertTimely(signable.timestamp, tolerance);
        print("the signature is right");
      }),
    );
}

function addParts(command: Command): Command {
  return command
    .requiredOption("--id <ID>", "the webhook-id")
    .option("--body <TEXT>", "the body to the byte: a text, @FILE, or - for standard input", "-")
    .option(
      "--secret-file <FILE>",
      `where the secret is, or - for standard input; by default it is in ${secretVariable}`,
    );
}

interface Parts {
  readonly id: string;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  readonly secret: string;
}

async function partsOf(
  options: Options,
  check: (text: string) => SigningSecretCheck,
): Promise<Parts> {
  const { id = "", body = "-", secretFile } = options;
  if (body === "-" && secretFile === "-")
    throw new CommandFailure("usage", "standard input is the body or the secret, not both");
  const checked = check((await secretText(secretFile)).trim());
  if (checked.kind === "refused") throw new CommandFailure("usage", checked.reason);
  const timestamp = countOf("--timestamp", options["timestamp"]) ?? Math.floor(Date.now() / 1_000);
  const payload = await bytesOf("--body", body);
  return { id, timestamp, payload, secret: checked.secret };
}

async function secretText(file: string | undefined): Promise<string> {
  if (file === "-") return text(process.stdin);
  if (file !== undefined) {
    return readFile(file, "utf8").catch((error: unknown) => {
      throw new CommandFailure("usage", `--secret-file can't be read: ${String(error)}`);
    });
  }
  const given = process.env[secretVariable]; // oxlint-disable-line node/no-process-env -- where a secret is given
  if (given !== undefined) return given;
  throw new CommandFailure("usage", `no secret: give --secret-file, or set ${secretVariable}`);
}

function whyWrong({ ofScheme, ofOthers }: SignatureVerdict & { readonly kind: "wrong" }): string {
  if (ofScheme > 0)
    return `none of ${ofScheme} signatures is right: another secret, id or timestamp, or the body is not what was sent, to the byte`;
  if (ofOthers > 0)
    return `there is no signature of the secret's kind: whsec_ has v1, whsk_ and whpk_ have v1a`;
  return "there is no signature: expected v1, or v1a, and base64";
}

function assertTimely(timestamp: number, toleranceSeconds: number): void {
  const age = Math.floor(Date.now() / 1_000) - timestamp;
  if (Math.abs(age) <= toleranceSeconds) return;
  const off = age > 0 ? `${age} s ago` : `${-age} s in the future`;
  throw new CommandFailure(
    "failed",
    `the signature is right, but the timestamp is ${off}, and ${toleranceSeconds} s are allowed`,
  );
}
