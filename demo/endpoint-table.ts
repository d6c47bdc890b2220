import { parseMessageId } from "../src/core/ids.ts";
import type { Arrival, DeliveryChecker, Verdict } from "../test/e2e/delivery-checker.ts";
import { quantile } from "../test/e2e/quantile.ts";
import type { Character, Player } from "./cast.ts";
import { type Column, tableOf } from "./table.ts";

const columns: readonly Column[] = [
  { name: "endpoint", align: "left" },
  { name: "behaves", align: "left" },
  { name: "sent", align: "right" },
  { name: "delivered", align: "right" },
  { name: "duplicates", align: "right" },
  { name: "pending", align: "right" },
  { name: "p50 ms", align: "right" },
  { name: "p99 ms", align: "right" },
];

const characters: Readonly<Record<Character, string>> = {
  healthy: "healthy",
  slow: "slow: 150 ms",
  flaky: "flaky: 30 % 500",
  failing: "always 500",
  hanging: "never answers",
  refusing: "refuses",
};

interface Figures {
  duplicates: number;
  /** From acceptance (the id says when) to the arrival that was accepted. */
  readonly latenciesMs: number[];
}

/** What the checker does not need, but a reader wants: duplicates and latencies of each endpoint. */
export class EndpointTable {
  readonly #figures = new Map<string, Figures>();

  add(arrival: Arrival, verdict: Verdict): void {
    const figures = this.#figuresOf(arrival.endpoint);
    if (verdict === "repeated" || verdict === "excess") figures.duplicates += 1;
    const acceptedAtMs = parseMessageId(arrival.messageId)?.atMs;
    if (verdict !== "delivered" || acceptedAtMs === undefined) return;
    figures.latenciesMs.push(Math.max(0, arrival.atMs - acceptedAtMs));
  }

  text(players: readonly Player[], checker: DeliveryChecker): string {
    const rows = players.map((player) => {
      const { name } = player.receiver;
      const { sent, delivered } = checker.endpointReport(name);
      const { duplicates, latenciesMs } = this.#figuresOf(name);
      const sorted = Float64Array.from(latenciesMs).sort();
      return [
        name,
        characters[player.character],
        String(sent),
        String(delivered),
        String(duplicates),
        String(sent - delivered),
        quantileText(sorted, 0.5),
        quantileText(sorted, 0.99),
      ];
    });
    return tableOf(columns, rows);
  }

  #figuresOf(endpoint: string): Figures {
    const known = this.#figures.get(endpoint);
    if (known !== undefined) return known;
    const figures = { duplicates: 0, latenciesMs: [] };
    this.#figures.set(endpoint, figures);
    return figures;
  }
}

function quantileText(sorted: Float64Array, share: number): string {
  return sorted.length === 0 ? "–" : quantile(sorted, share).toFixed(0);
}
