/** Sends a message to try things out, and shows what becomes of it. */
import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { newestExampleOf } from "../core/json-schema-example.ts";
import { allPages } from "./all-pages.ts";
import type { Ask } from "./api-client.ts";
import { filled, type Options, print, runWith, tell } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import { messageBody } from "./message.ts";
import { jsonTextOf, namesOf } from "./option-values.ts";

const pollMs = 500;

/** Of the API's answers, what is looked at. */
interface Delivery {
  readonly statusText: "success" | "pending" | "fail" | "sending";
}

interface Attempt {
  readonly id: string;
  readonly endpointId: string;
  readonly statusText: string;
  readonly responseStatusCode: number;
  readonly responseDurationMs: number;
  readonly timestamp: string;
}

interface Place {
  readonly application: string;
  /** The id. */
  readonly message: string;
}

export function addTrigger(program: Command): void {
  const command = program
    .command("trigger <EVENT_TYPE>")
    .description("send a message: the example of its event type, or what is given")
    .requiredOption("--app <APPLICATION>", "whose it is")
    .option("--payload <JSON>", "sent as it is written: JSON, @FILE, or - for standard input")
    .option("--channels <NAMES>", "with commas between")
    .option("--event-id <ID>", "an id of your own")
    .option("--watch", "show its attempts until all is settled; exits with 1 if something failed");
  runWith(command, async (ask) => {
    const [eventType = ""] = command.args;
    const { app: application = "", payload, ...options } = command.opts<Options>();
    const given = await jsonTextOf("--payload", payload);
    const text = given ?? (await exampleOf(ask, eventType));
    const channels = namesOf(options["channels"]);
    const { id: message } = (await ask({
      method: "POST",
      path: filled("/api/v1/app/{}/msg?with_content=false", [application]),
      body: messageBody({ eventType, eventId: options["eventId"], channels }, text),
    })) as { readonly id: string }; // its schema
    const isJson = options["json"] !== undefined;
    print(isJson ? JSON.stringify({ id: message }) : message);
    if (options["watch"] !== undefined) {
      const show = isJson ? (attempt: Attempt) => print(JSON.stringify(attempt)) : showAttempt;
      await watch(ask, { application, message }, show);
    }
  });
}

async function exampleOf(ask: Ask, eventType: string): Promise<string> {
  const path = filled("/api/v1/event-type/{}", [eventType]);
  const { schemas } = (await ask({ method: "GET", path })) as {
    readonly schemas: Readonly<Record<string, unknown>> | null;
  }; // its schema
  return JSON.stringify(newestExampleOf(schemas));
}

/** Until nothing of the message is pending. Fails if something was given up. */
async function watch(
  ask: Ask,
  { application, message }: Place,
  show: (attempt: Attempt) => void,
): Promise<void> {
  const deliveriesPath = filled("/api/v1/app/{}/msg/{}/endpoint", [application, message]);
  const attemptsPath = filled("/api/v1/app/{}/attempt/msg/{}", [application, message]);
  const shown = new Set<string>();
  for (;;) {
    const deliveries = await allPages<Delivery>(ask, deliveriesPath);
    // Read later, so that the attempt that settled a delivery is among them.
    const attempts = await allPages<Attempt>(ask, attemptsPath);
    for (const attempt of attempts.toReversed()) {
      if (!shown.has(attempt.id)) show(attempt);
      shown.add(attempt.id);
    }
    if (!deliveries.some(({ statusText }) => statusText === "pending")) {
      judge(deliveries);
      return;
    }
    await setTimeout(pollMs);
  }
}

function judge(deliveries: readonly Delivery[]): void {
  const failed = deliveries.filter(({ statusText }) => statusText === "fail").length;
  if (deliveries.length === 0) tell("no endpoint asks for it");
  if (failed > 0) {
    const text = `${failed} of ${deliveries.length} endpoints did not get it`;
    throw new CommandFailure("failed", text);
  }
}

function showAttempt(attempt: Attempt): void {
  const { timestamp, endpointId, responseStatusCode, responseDurationMs, statusText } = attempt;
  const answer = responseStatusCode === 0 ? "no answer" : String(responseStatusCode);
  const took = `${answer} in ${responseDurationMs} ms`;
  print([timestamp, endpointId, took, statusText].join("  "));
}
