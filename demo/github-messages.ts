import { createRequire } from "node:module";
import type { SentMessage } from "../test/e2e/delivery-checker.ts";
import { bodyHashOf } from "../test/e2e/receiver.ts";
import { recipientsOf, type Subscriber } from "../test/e2e/subscriber.ts";
import { applications, eventTypeOf } from "./cast.ts";

export interface GitHubMessage extends SentMessage {
  readonly application: string;
  readonly eventType: string;
  readonly payload: object;
}

interface Example {
  readonly name: string;
  readonly payload: object;
}

/**
 * Messages made of real GitHub payloads, every example in turn, for every application in turn. A marker is added to each
 * payload, so that no two bodies are the same.
 */
export function* gitHubMessages(
  count: number,
  subscribers: readonly Subscriber[],
): Generator<GitHubMessage, void, void> {
  const examples = readExamples();
  for (let index = 0; index < count; index += 1) {
    const application = applications[index % applications.length] ?? "";
    const example = examples[Math.floor(index / applications.length) % examples.length];
    if (example === undefined) throw new Error("@octokit/webhooks-examples has no examples");
    const payload = { ...example.payload, posthorn_demo_marker: index + 1 };
    const eventType = eventTypeOf(example.name);
    const recipients = recipientsOf(subscribers, { application, eventType, channels: undefined });
    const bodyHash = bodyHashOf(JSON.stringify(payload));
    yield { application, eventType, payload, bodyHash, recipients };
  }
}

function readExamples(): readonly Example[] {
  const require = createRequire(import.meta.url);
  const definitions: unknown = require("@octokit/webhooks-examples");
  if (!Array.isArray(definitions)) throw new TypeError("@octokit/webhooks-examples is no list");
  // The package is generated from this shape, and every payload is checked on arrival anyway.
  const typed = definitions as readonly { name: string; examples: readonly object[] }[];
  return typed.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));
}
