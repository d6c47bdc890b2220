/** Texts of somebody else's, made fit to be read. */

/**
 * Control characters and those that change the direction of writing are shown as their code points: nothing in a text may
 * change how what is around it reads.
 */
export function visible(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const formattedCharactersMax = 2_000_000;

/** A JSON text with line breaks and indentation where there were none, every token as it was. */
export function formatJson(text: string): string {
  if (text.length > formattedCharactersMax) return text;
  const out: string[] = [];
  let depth = 0;
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[[\]{},:]|[^\s[\]{},:"]+/g) ?? [];
  for (const [at, token] of tokens.entries()) {
    const isClosing = token === "}" || token === "]";
    const isEmpty = isClosing && /^[[{]$/.test(tokens[at - 1] ?? "");
    if (isClosing) depth -= 1;
    if (isClosing && !isEmpty) out.push("\n", "  ".repeat(Math.max(depth, 0)));
    out.push(token === ":" ? ": " : token);
    const isOpening = token === "{" || token === "[";
    if (isOpening) depth += 1;
    const isEmptied = isOpening && /^[\]}]$/.test(tokens[at + 1] ?? "");
    if (token === "," || (isOpening && !isEmptied)) out.push("\n", "  ".repeat(depth));
  }
  return out.join("");
}
