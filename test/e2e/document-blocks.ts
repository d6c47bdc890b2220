/** A fenced block of a document, with the comment on the line before it. */
interface Block {
  readonly language: string;
  readonly code: string;
  readonly mark: string | undefined;
}

export function blocksOf(document: string): Block[] {
  const blocks = document.matchAll(/(?:<!-- (.+) -->\n)?^```(\w*)\n([^]*?)^```/gm);
  return Array.from(blocks, ([, mark, language = "", code = ""]) => ({ language, code, mark }));
}
