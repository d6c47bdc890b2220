/** The API over connections that are counted, so that they can be told from the server's own. */
import { Agent, request } from "node:http";

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export class ApiClient {
  readonly #address: string;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  #connections = 0;

  constructor(address: string, token: string) {
    this.#address = address;
    this.#token = token;
  }

  /** How many connections it has begun. */
  get connections(): number {
    return this.#connections;
  }

  async ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const asking = request(`${this.#address}${path}`, {
      method,
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      },
    });
    asking.once("socket", (socket) => {
      if (socket.connecting) this.#connections += 1;
    });
    asking.once("error", reject);
    asking.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const answer = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          body: answer === "" ? undefined : JSON.parse(answer),
        });
      });
    });
    asking.end(text);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
