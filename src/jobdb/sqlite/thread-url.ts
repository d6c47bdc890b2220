/** The module that a thread runs, beside its caller: `.ts` when run from source, `.js` when compiled. */
export function threadUrl(name: string, callerUrl: string): URL {
  return new URL(`./${name}${callerUrl.endsWith(".ts") ? ".ts" : ".js"}`, callerUrl);
}
