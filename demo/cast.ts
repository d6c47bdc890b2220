import { type Behaviour, Receiver } from "../test/e2e/receiver.ts";
import type { Subscriber } from "../test/e2e/subscriber.ts";

/** `refusing`: nobody listens on its port. */
export type Character = Behaviour["kind"] | "refusing";

/** One of the twenty receivers. */
export interface Player extends Subscriber {
  readonly character: Character;
}

/** GitHub's event names by what a receiver of them is for. */
const topics = {
  code: ["push", "create", "delete", "commit_comment", "pull_request", "pull_request_review"],
  issues: ["issues", "issue_comment", "label", "milestone", "discussion"],
  builds: ["check_run", "check_suite", "status", "workflow_job", "workflow_run", "deployment"],
  people: ["member", "membership", "organization", "team", "star", "watch", "fork"],
  releases: ["release", "package", "repository", "public", "page_build"],
} as const satisfies Record<string, readonly string[]>;

/** Application, what for (or everything), and how it behaves. */
const roles: readonly (readonly [string, keyof typeof topics | "everything", Character])[] = [
  ["alder", "everything", "healthy"],
  ["alder", "code", "healthy"],
  ["alder", "issues", "slow"],
  ["alder", "builds", "flaky"],
  ["birch", "everything", "healthy"],
  ["birch", "code", "healthy"],
  ["birch", "people", "healthy"],
  ["birch", "builds", "failing"],
  ["cedar", "everything", "healthy"],
  ["cedar", "issues", "flaky"],
  ["cedar", "releases", "slow"],
  ["cedar", "builds", "hanging"],
  ["maple", "everything", "flaky"],
  ["maple", "code", "healthy"],
  ["maple", "people", "healthy"],
  ["maple", "issues", "refusing"],
  ["rowan", "everything", "healthy"],
  ["rowan", "code", "slow"],
  ["rowan", "issues", "healthy"],
  ["rowan", "releases", "healthy"],
];

const slowAnswerMs = 150;

/** The twenty receivers, not yet listening. */
export function makeCast(tell: ConstructorParameters<typeof Receiver>[2]): readonly Player[] {
  return roles.map(([application, topic, character]) => ({
    receiver: new Receiver(`${application}-${topic}`, behaviourOf(character), tell),
    application,
    eventTypes: topic === "everything" ? undefined : topics[topic].map(eventTypeOf),
    channels: undefined,
    character,
  }));
}

export const applications: readonly string[] = [
  ...new Set(roles.map(([application]) => application)),
];

export function eventTypeOf(gitHubEvent: string): string {
  return `github.${gitHubEvent}`;
}

/** Whether messages get through sooner or later. */
export function isDeliverable(player: Player): boolean {
  return !["failing", "hanging", "refusing"].includes(player.character);
}

function behaviourOf(character: Character): Behaviour {
  switch (character) {
    case "slow":
      return { kind: "slow", delayMs: slowAnswerMs };
    case "flaky":
      return { kind: "flaky", refuses: refusesTwiceAtTheMost };
    case "refusing":
      return { kind: "failing" };
    case "healthy":
    case "failing":
    case "hanging":
      return { kind: character };
  }
}

/** Three messages in ten are refused the first time, one in ten the second time too. */
function refusesTwiceAtTheMost(_messageId: string, arrivals: number): boolean {
  return (arrivals === 1 && Math.random() < 0.3) || (arrivals === 2 && Math.random() < 0.33);
}
