/**
 * The file of a thread's module, relative to the module at `callerUrl` that starts it: `.ts` when run from source, `.js`
 * when compiled. The compiler rewrites import specifiers, but no URLs.
 */
export function threadFileOf(name: string, callerUrl: string): string {
  return `./${name}${callerUrl.endsWith(".ts") ? ".ts" : ".js"}`;
}
