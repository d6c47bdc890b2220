/**
 * The guide: docs/*.md as pages of HTML for `/guide`, made when the dashboard is built, so that the server needs no library
 * for it. Links between the files lead to the same places on disk, on GitHub and served. README.md is the first page, and its
 * lists are the table of contents of all.
 *
 * The Markdown is our own; still no HTML in it is taken over, and a link that leads out of docs/ fails the build.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Lexer, Parser, Renderer, type Token, type Tokens } from "marked";
import { anchorOf } from "./anchor-of.ts";

/** Where a page of this file is. */
function addressOf(file: string): string {
  return file === "README.md" ? "/guide" : `/guide/${file.replace(/\.md$/, "")}`;
}

interface Source {
  readonly file: string;
  readonly tokens: readonly Token[];
}

/**
 * Files by their names below `/guide`: a page for each .md in a folder, and what else those link to.
 * @param template with the comments `title`, `contents` and `page` where those belong
 */
export function guidePagesOf(
  folder: string,
  template: string,
): ReadonlyMap<string, string | Buffer> {
  const files = new Set(readdirSync(folder));
  const sources = [...files]
    .filter((file) => file.endsWith(".md"))
    .map((file) => sourceOf(folder, file));
  const readme = sources.find(({ file }) => file === "README.md");
  if (readme === undefined) throw new Error(`expected a table of contents, ${folder}/README.md`);
  const made = new Map<string, string | Buffer>();
  for (const source of sources) {
    const renderer = new PageRenderer(source.file, files);
    const html = Parser.parse([...source.tokens], { renderer });
    const page = template
      .replace("<!-- title -->", () => escaped(titleOf(source)))
      .replace("<!-- contents -->", () => contentsOf(readme, source))
      .replace("<!-- page -->", () => `<article>${html}</article>`);
    made.set(`${source === readme ? "index" : source.file.replace(/\.md$/, "")}.html`, page);
    for (const file of renderer.attached) made.set(file, readFileSync(join(folder, file)));
  }
  return made;
}

function sourceOf(folder: string, file: string): Source {
  return { file, tokens: Lexer.lex(readFileSync(join(folder, file), "utf8")) };
}

function headingsOf({ tokens }: Source, depth: number): Tokens.Heading[] {
  return tokens.filter(
    (token): token is Tokens.Heading => token.type === "heading" && token["depth"] === depth,
  );
}

function titleOf(source: Source): string {
  const [first] = headingsOf(source, 1);
  if (first === undefined) throw new Error(`expected a heading in ${source.file}`);
  return plain(first.text);
}

/** The first page's headings and lists, with the sections of the page that it is for. */
function contentsOf(readme: Source, current: Source): string {
  return readme.tokens
    .map((token) => {
      if (token.type === "heading" && token["depth"] === 2)
        return `<p>${escaped(plain(token["text"]))}</p>`;
      if (token.type !== "list") return "";
      return `<ul>${(token as Tokens.List).items.map((item) => entryOf(item, current)).join("")}</ul>`;
    })
    .join("");
}

function entryOf(item: Tokens.ListItem, current: Source): string {
  const [, name, file] = /^\[([^\]]+)\]\(([^)#]+)\)/.exec(item.text) ?? [];
  if (name === undefined || file === undefined) {
    throw new Error(`expected a link at the beginning of "${item.text}" in README.md`);
  }
  if (file !== current.file) return `<li><a href="${addressOf(file)}">${escaped(name)}</a></li>`;
  const sections = headingsOf(current, 2).map(
    ({ text }) => `<li><a href="#${anchorOf(text)}">${escaped(plain(text))}</a></li>`,
  );
  const within = sections.length > 1 ? `<ul>${sections.join("")}</ul>` : "";
  return `<li><a class="active" aria-current="page" href="${addressOf(file)}">${escaped(name)}</a>${within}</li>`;
}

/** Of one page. */
class PageRenderer extends Renderer {
  /** Names of files that are linked to and are no pages. */
  readonly attached = new Set<string>();
  readonly #anchors = new Set<string>();
  readonly #file: string;
  readonly #files: ReadonlySet<string>;

  constructor(file: string, files: ReadonlySet<string>) {
    super();
    this.#file = file;
    this.#files = files;
  }

  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    if (/^<!--[^]*-->\s*$/.test(text)) return "";
    throw new Error(`expected Markdown without HTML in ${this.#file}, got ${text}`);
  }

  override heading({ tokens, depth, text }: Tokens.Heading): string {
    const anchor = anchorOf(text);
    if (this.#anchors.has(anchor))
      throw new Error(`expected one heading "${text}" in ${this.#file}`);
    this.#anchors.add(anchor);
    return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
  }

  /** Focusable, so that the keyboard can scroll it too. */
  override code({ text }: Tokens.Code): string {
    return `<pre tabindex="0"><code>${escaped(text)}\n</code></pre>\n`;
  }

  override table({ header, rows }: Tokens.Table): string {
    const cellsOf = (cells: readonly Tokens.TableCell[]) =>
      cells.map((cell) => this.#cellOf(cell)).join("");
    const head = header.some(({ text }) => text !== "")
      ? `<thead><tr>${cellsOf(header)}</tr></thead>`
      : "";
    const body = rows.map((cells) => `<tr>${cellsOf(cells)}</tr>`).join("\n");
    return `<div class="table-frame" tabindex="0"><table>${head}<tbody>${body}</tbody></table></div>\n`;
  }

  #cellOf({ tokens, header, text }: Tokens.TableCell): string {
    const content = this.parser.parseInline(tokens);
    return header && text !== "" ? `<th scope="col">${content}</th>` : `<td>${content}</td>`;
  }

  /** An address that merely stands in the text is an example, and no link. */
  override link({ href, tokens, autolink = false }: Tokens.Link): string {
    if (autolink) return this.parser.parseInline(tokens);
    return `<a href="${escaped(this.#targetOf(href))}">${this.parser.parseInline(tokens)}</a>`;
  }

  override image({ href }: Tokens.Image): string {
    throw new Error(`expected no image in ${this.#file}, as the package has none, got ${href}`);
  }

  #targetOf(href: string): string {
    if (/^(?:https:\/\/|#)/.test(href)) return href;
    const [, file = "", anchor = ""] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
    if (!this.#files.has(file)) {
      throw new Error(`expected a link of ${this.#file} to a file of docs/, got ${href}`);
    }
    if (file.endsWith(".md")) return `${addressOf(file)}${anchor}`;
    this.attached.add(file);
    return `/guide/${file}`;
  }
}

/** A heading's text without its marks. */
function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
