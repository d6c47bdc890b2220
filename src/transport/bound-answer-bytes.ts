import type { Socket } from "node:net";
import { limits } from "../core/limits.ts";
import { ConnectError } from "./connect-error.ts";

/**
 * Ends a connection that brings more bytes for one request than `limits.answerWireBytesMax`. undici bounds headers, and an
 * attempt the body; nobody bounds empty lines, a reason phrase, or what stands beside the size of a chunk, and parsing
 * them until the deadline takes the whole thread. For a socket that nobody reads from yet.
 */
export function boundAnswerBytes(socket: Socket): void {
  let bytesWritten = 0;
  let bytesReadBefore = 0;
  let bytesRead = socket.bytesRead;
  socket.on("readable", () => {
    if (socket.bytesWritten !== bytesWritten) {
      bytesWritten = socket.bytesWritten;
      bytesReadBefore = bytesRead;
    }
    bytesRead = socket.bytesRead;
    if (bytesRead - bytesReadBefore <= limits.answerWireBytesMax) return;
    socket.destroy(new ConnectError("protocol", "more bytes than an answer has"));
  });
}
