/**
 * A network namespace of its own (Linux) in which every address there is belongs to this machine: whoever is called, the call ends at
 * whoever listens here, and nothing leaves.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const inside = "--in-namespace";

/** This machine's own, beside loopback: public ones that nobody else has, here. */
export const ownAddresses = ["11.22.33.44", "2606:4700:face::1"] as const;

/**
 * Returns in the namespace only: the program is started there again, and this process ends as it does.
 * Where there is none to be had, ends with the exit code 2.
 */
export function enterNamespace(): void {
  if (process.argv.includes(inside)) {
    setUp();
    return;
  }
  assert(process.platform === "linux", "a network namespace needs Linux");
  const root = process.getuid?.() === 0;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1), inside];
  const { status, error } = spawnSync("unshare", [root ? "--net" : "-rn", "--", ...command], {
    stdio: "inherit",
  });
  if (error !== undefined) throw error;
  process.exit(status ?? 2);
}

function setUp(): void {
  assert.deepEqual(interfaces(), ["lo"], "a namespace without a network is expected");
  ip("link set lo up");
  ip("route add local 0.0.0.0/0 dev lo");
  ip("-6 route add local ::/0 dev lo");
  for (const address of ownAddresses) {
    ip(`address add ${address}/${address.includes(":") ? 128 : 32} dev lo`);
  }
}

function ip(words: string): void {
  execFileSync("ip", words.split(" "));
}

/** Of this process's namespace, as the kernel has them. */
function interfaces(): readonly string[] {
  const lines = readFileSync("/proc/self/net/dev", "utf8").split("\n").slice(2, -1);
  return lines.map((line) => line.split(":")[0]?.trim() ?? "");
}

/** How many TCP connections were begun in this namespace, by whomever: the kernel's own count. */
export function begunConnections(): number {
  const [names, values] = readFileSync("/proc/self/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Tcp:"))
    .map((line) => line.split(" "));
  return Number(values?.[names?.indexOf("ActiveOpens") ?? 0]);
}
