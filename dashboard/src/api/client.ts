/** Asking the API, in the shape that its document gives each answer. */
import type { HTTPValidationError, HttpErrorOut } from "./shapes.ts";

/** What a query may have; undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The API refused, or could not be reached (`status` 0). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export interface ApiClient {
  get<Out>(path: string, query?: Query, signal?: AbortSignal): Promise<Out>;
  /** The answer's own bytes. */
  getBytes(path: string, query?: Query, signal?: AbortSignal): Promise<Uint8Array>;
  /** An answer that goes on: its body, as it comes. Nothing but the signal ends it. */
  open(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Done once, however often it is tried again under this call. */
  post<Out>(path: string, body?: unknown): Promise<Out>;
  patch<Out>(path: string, body: unknown): Promise<Out>;
  delete(path: string): Promise<void>;
}

/**
 * @param headers of every request: they say who asks
 * @param onRefused told when the API does not know who asks (any more)
 */
export function createApiClient(
  headers: Readonly<Record<string, string>>,
  onRefused: () => void,
): ApiClient {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(path, {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
      redirect: "error",
    }).catch((error: unknown) => {
      if (init.signal?.aborted === true) throw error;
      throw new ApiProblem(0, "The server can't be reached. Is it running?");
    });
    if (answer.ok) return answer;
    if (answer.status === 401) onRefused();
    throw new ApiProblem(answer.status, await detailOf(answer));
  };
  const send = async <Out>(path: string, init: RequestInit): Promise<Out> => {
    const answer = await ask(path, init);
    return (answer.status === 204 ? undefined : await answer.json()) as Out; // by the API's document
  };
  return {
    get: (path, query, signal) => send(pathOf(path, query), signalled(signal)),
    getBytes: async (path, query, signal) =>
      (await ask(pathOf(path, query), signalled(signal))).bytes(),
    open: async (path, signal) => {
      const { body } = await ask(path, { signal });
      if (body === null) throw new ApiProblem(0, "The server has closed the stream.");
      return body;
    },
    post: (path, body) =>
      send(path, { method: "POST", ...json(body, { "idempotency-key": randomText() }) }),
    patch: (path, body) => send(path, { method: "PATCH", ...json(body, {}) }),
    delete: async (path) => void (await ask(path, { method: "DELETE" })),
  };
}

function signalled(signal: AbortSignal | undefined): RequestInit {
  return signal === undefined ? {} : { signal };
}

function json(body: unknown, headers: Record<string, string>): RequestInit {
  if (body === undefined) return { headers };
  return {
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

/** `crypto.randomUUID` is not there on plain http, where the login has to say so. */
function randomText(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (each) => each.toString(36)).join(
    "",
  );
}

function pathOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return path;
  return `${path}?${String(new URLSearchParams(given.map(([name, value]) => [name, String(value)])))}`;
}

/** A path with whatever stands in its places. */
export function path(parts: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: parts }, ...names.map((name) => encodeURIComponent(name)));
}

/** Of one of the API's two shapes; of a proxy's page only its status is told. */
async function detailOf(answer: Response): Promise<string> {
  const said: unknown = await answer.json().catch(() => undefined);
  if (typeof said !== "object" || said === null || !("detail" in said)) {
    return `The server answered ${answer.status}.`;
  }
  const { detail } = said as HttpErrorOut | HTTPValidationError;
  if (typeof detail === "string") return detail;
  return detail.map(({ loc, msg }) => `${loc.slice(1).join(".")}: ${msg}`).join("\n");
}
