/** Pieces of HTML. What is not made here is text, and is escaped. */
export interface Html {
  readonly html: string;
}

/** Markup of ours. */
export function raw(html: string): Html {
  return { html };
}

export function escaped(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function htmlOf(content: string | Html): string {
  return typeof content === "string" ? escaped(content) : content.html;
}

export interface Cell {
  readonly content: string | Html;
  readonly class?: string;
  /** Shown when the pointer rests on it. */
  readonly title?: string;
}

type CellContent = string | Html | Cell;

function cell(tag: "td" | "th", content: CellContent, i: number, scope = ""): string {
  const {
    content: inner,
    class: name = "",
    title,
  }: Cell = typeof content === "object" && "content" in content ? content : { content };
  const classes = [i === 0 ? "" : "number", name].filter(Boolean).join(" ");
  const attributes = `${classes ? ` class="${classes}"` : ""}${title ? ` title="${escaped(title)}"` : ""}${scope}`;
  return `<${tag}${attributes}>${htmlOf(inner)}</${tag}>`;
}

/** The first column names the row; the others are aligned right. Wide tables scroll in a box of their own. */
export function table(caption: string, head: readonly CellContent[], rows: readonly (readonly CellContent[])[]): string {
  const header = head.map((content, i) => cell("th", content, i, ' scope="col"')).join("");
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((content, i) => (i === 0 ? cell("th", content, i, ' scope="row"') : cell("td", content, i))).join("")}</tr>`,
    )
    .join("\n");
  return `<div class="wide" tabindex="0" role="group" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption><thead><tr>${header}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

export function section(id: string, title: string, ...content: readonly string[]): string {
  const inner = content.filter(Boolean).join("\n");
  return inner === "" ? "" : `<section id="${id}"><h2>${escaped(title)}</h2>\n${inner}\n</section>`;
}

export function paragraph(text: string | Html): string {
  return `<p>${htmlOf(text)}</p>`;
}

/** An image that is part of the page. @param alternative what it shows, for those who do not see it. */
export function picture(base64: string, alternative: string, type: "png" | "webp" = "png", attributes = ""): string {
  return `<img loading="lazy" alt="${escaped(alternative)}" src="data:image/${type};base64,${base64}"${attributes}>`;
}

/** A line of a legend. */
export function colourKey([red, green, blue]: readonly [number, number, number], text: string): string {
  return `<span class="key" style="background: rgb(${red}, ${green}, ${blue})"></span>${escaped(text)}`;
}

/** The end of a long name, which tells files of one set apart. */
export function shortened(name: string, length = 20): string {
  return name.length > length ? `…${name.slice(1 - length)}` : name;
}
