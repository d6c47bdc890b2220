const codes = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** Whether a request failed as its server is gone: nobody knows what became of it. */
export function isConnectionError(error: unknown): boolean {
  return error instanceof Error && "code" in error && codes.has(String(error.code));
}
