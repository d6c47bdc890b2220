/** What endpoints do to a sender, by malice or by mistake: each with what one attempt has to come to. */
import type { Socket } from "node:net";
import { createServer as createTcpServer, type Server } from "node:net";
import type { UnansweredReason } from "../../../src/core/delivery.ts";

/** The status code, or why there was no answer. */
type Outcome = number | UnansweredReason;

export interface Behaviour {
  /** Letters, digits and hyphens. */
  readonly name: string;
  /** Of several one, where it is a matter of packets. */
  readonly comesTo: Outcome | readonly Outcome[];
  readonly place: Place;
}

/** Where the hostility is: in a server at an address, or in what a name server answers. */
export type Place =
  | {
      readonly kind: "server";
      readonly scheme: "http" | "https";
      /** Of the endpoint's TLS settings; undefined: none. */
      readonly authorities?: string;
      readonly create: () => Server;
    }
  | { readonly kind: "name"; readonly answerName: AnswerName };

/** `answer` sends a packet; over TCP if the question came so. */
export type AnswerName = (question: Question, answer: (packet: Buffer) => void) => void;

export interface Question {
  /** The packet. */
  readonly query: Buffer;
  readonly transport: "udp" | "tcp";
}

/** @param onConnection called for every connection; errors of its socket are nobody's concern */
export function plainServer(onConnection: (socket: Socket) => void): Place {
  return { kind: "server", scheme: "http", create: () => tcpServer(onConnection) };
}

export function tcpServer(onConnection: (socket: Socket) => void): Server {
  return createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
}

/** Calls back once for each request, when its head has come: payloads here come in the same packet. */
export function onRequest(act: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.on("data", (chunk: Buffer) => {
      if (chunk.includes("\r\n\r\n")) act(socket);
    });
  };
}

/** Writes a text after each request, and nothing more. */
export function writes(text: string): (socket: Socket) => void {
  return onRequest((socket) => socket.write(text, "latin1"));
}

/** Writes a text after each request, and the end. */
export function ends(text: string): (socket: Socket) => void {
  return onRequest((socket) => socket.end(text, "latin1"));
}

/** Writes a text after each request and resets the connection when it is on its way. */
export function resets(text: string): (socket: Socket) => void {
  return onRequest((socket) => {
    socket.write(text, "latin1", () => {
      // What is still to be read would make the kernel reset without sending what was written.
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
  });
}

/** How often something comes that drips. */
export const dripMs = 200;

/** Calls back now and then until the connection is closed. */
export function every(socket: Socket, milliseconds: number, send: () => void): void {
  const timer = setInterval(send, milliseconds);
  socket.once("close", () => clearInterval(timer));
}

/** Writes as much as the other side takes, without end. */
export function pour(socket: Socket, text: string): void {
  const bytes = Buffer.from(text, "latin1");
  const write = (): void => {
    while (socket.writable && socket.write(bytes)) continue;
  };
  socket.on("drain", write);
  write();
}
