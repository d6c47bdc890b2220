/**
 * Where a thread's module is, beside the module at `base`: a `.ts` file when running from source, `.js` when compiled.
 * Import specifiers are rewritten by the compiler, URLs are not.
 */
export function threadUrl(name: string, base: string): URL {
  return new URL(`./${name}${base.endsWith(".ts") ? ".ts" : ".js"}`, base);
}
