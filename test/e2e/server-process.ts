import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { type Exit, ownChild } from "./own-child.ts";
import { within } from "./within.ts";

/** What the program is told by its environment. Everything else keeps its default. */
export interface ServerSettings {
  readonly dataFolder: string;
  /** `host:port`; port 0 is any that is free. */
  readonly listen: string;
  readonly jwtSecret: string;
  /** Seconds between attempts. */
  readonly retrySchedule: readonly number[];
  /** One attempt in all, seconds, 1 to 30. */
  readonly attemptTimeoutSeconds: number;
  /** Whatever else, by the names of the environment. */
  readonly others?: Readonly<Record<string, string>>;
  /** Of Node, for the server alone, such as a module to load first. */
  readonly nodeOptions?: string;
  /** A command to be followed by the program's: it must end up as the direct child, so that signals and exit are its own. */
  readonly launcher?: readonly string[];
  /** Told of each line that the program writes. */
  readonly onLine?: (line: string) => void;
}

/** The real program, in a process of its own, accepting messages. */
export interface ServerProcess {
  /** `http://host:port` as the program said it itself. */
  readonly address: string;
  readonly pid: number;
  /** Settles when the process has ended, however it ended. */
  readonly exited: Promise<Exit>;
  /** Sends the signal and waits for the end. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<Exit>;
  /** The last lines that the program wrote, for error messages. */
  lastWords(): string;
}

const root = join(import.meta.dirname, "../..");
/** What `npm start` runs. */
const npmStart = startScript();
const program = join(root, "src/cli/posthorn.ts");
const startMsMax = 30_000;
/** Longer than the program gives itself to shut down. */
const endMsMax = 35_000;
const linesKept = 30;

/** A server that ended before it accepted anything. */
export class StartFailure extends Error {
  readonly exit: Exit;
  readonly lastWords: string;

  constructor(exit: Exit, lastWords: string) {
    super(`the server ended (${exit.code ?? exit.signal}) before it accepted:\n${lastWords}`);
    this.exit = exit;
    this.lastWords = lastWords;
  }
}

/**
 * Starts the program and waits until it accepts. Fails with a StartFailure if it ends before, with another error that has its
 * last words if it takes too long.
 */
export async function startServer(settings: ServerSettings): Promise<ServerProcess> {
  const child = launch(settings);
  const exited = ownChild(child);
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    settings.onLine?.(line);
    if (lines.length > linesKept) lines.shift();
  };
  const lastWords = (): string => lines.join("\n");
  const listening = awaitListening(child, keep);
  const ended = exited.then((exit) => {
    throw new StartFailure(exit, lastWords());
  });
  try {
    const address = await within(Promise.race([listening, ended]), startMsMax, "the server");
    const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<Exit> => {
      child.kill(signal);
      return await within(exited, endMsMax, `the server's end after ${signal}`);
    };
    return { address, pid: child.pid ?? 0, exited, end, lastWords };
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    child.kill("SIGKILL");
    throw new Error(`${String(error)}; its last words:\n${lastWords()}`, { cause: error });
  }
}

/** Starts the program and kills it after a while, whether it has come to accept by then or not. */
export async function killDuringStart(settings: ServerSettings, afterMs: number): Promise<Exit> {
  const child = launch(settings);
  const exited = ownChild(child);
  setTimeout(() => child.kill("SIGKILL"), afterMs);
  return await within(exited, afterMs + endMsMax, "the end of a server killed during its start");
}

function launch(settings: ServerSettings): ChildProcess {
  const [command = process.execPath, ...rest] = [
    ...(settings.launcher ?? []),
    process.execPath,
    ...npmStart.arguments,
  ];
  return spawn(command, rest, {
    cwd: root,
    env: { ...npmStart.environment, ...environmentOf(settings) },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface StartScript {
  readonly environment: Readonly<Record<string, string>>;
  /** Node's own options, the program and its command. */
  readonly arguments: readonly string[];
}

function startScript(): StartScript {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: { readonly start: string }; // the project's own file
  };
  const [assignment, exec, node, ...rest] = scripts.start.split(" ");
  assert.deepEqual([exec, node], ["exec", "node"]);
  const [name, value] = assignment?.split("=") ?? [];
  assert.ok(name !== undefined && value !== undefined, scripts.start);
  return { environment: { [name]: value }, arguments: rest };
}

/** A bearer token that the program issued itself. */
export async function issueToken(settings: ServerSettings): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, "token"], {
    env: environmentOf(settings),
  });
  return stdout.trim();
}

function environmentOf(settings: ServerSettings): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("POSTHORN_") && !/^(?:https?|all)_proxy$/i.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    POSTHORN_DATA: settings.dataFolder,
    POSTHORN_LISTEN: settings.listen,
    POSTHORN_JWT_SECRET: settings.jwtSecret,
    POSTHORN_RETRY_SCHEDULE: settings.retrySchedule.join(","),
    POSTHORN_ATTEMPT_TIMEOUT: String(settings.attemptTimeoutSeconds),
    POSTHORN_ALLOW_SUBNETS: "127.0.0.0/8",
    ...settings.others,
    ...(settings.nodeOptions === undefined ? {} : { NODE_OPTIONS: settings.nodeOptions }),
  };
}

/** Resolves with the address in the log line that says so; goes on reading, so that the pipe never fills. */
async function awaitListening(child: ChildProcess, keep: (line: string) => void): Promise<string> {
  const listening = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      keep(line);
      const address = line.includes('"listening"') ? listeningAddressOf(line) : undefined;
      if (address !== undefined) listening.resolve(address);
    });
  }
  return await listening.promise;
}

function listeningAddressOf(line: string): string | undefined {
  const entry: unknown = JSON.parse(line);
  if (typeof entry !== "object" || entry === null) return undefined;
  const isListening = "msg" in entry && entry.msg === "listening";
  return isListening && "address" in entry ? String(entry.address) : undefined;
}
