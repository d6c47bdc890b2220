import { once } from "node:events";
import { connect } from "node:net";

/** Sends bytes as they are, where a client would correct them. */
export interface RawClient {
  /** All that comes until the server closes the connection. */
  send(bytes: string): Promise<string>;
  /** The same, as the statuses of the answers in it. */
  statuses(bytes: string): Promise<number[]>;
}

export function rawClient(port: number): RawClient {
  const send = async (bytes: string): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {}); // what came before it is what counts
    socket.write(bytes, "latin1");
    await once(socket, "close");
    return Buffer.concat(chunks).toString();
  };
  return { send, statuses: async (bytes) => statusesIn(await send(bytes)) };
}

/** Of all answers in what a connection has brought. */
export function statusesIn(answers: string): number[] {
  return Array.from(answers.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
}
