/** Everything that a script can reach of the library, as an editor finds it: by completing names and asking where they are declared. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EditedFile } from "./language-server.js";

const root = join(import.meta.dirname, "../..");

export interface PublicName {
  /** As in `TrainerOptions.schedule.pctStart`. */
  readonly path: string;
  /** What an editor shows for it. */
  readonly hover: string;
}

/** The types, classes and values that a module of the library exports. */
function exportsOf(module: string): { name: string; type: boolean }[] {
  const text = readFileSync(join(root, module), "utf8");
  const blocks = [...text.matchAll(/export (type )?\{([^}]*)\}/g)];
  return blocks.flatMap(([, type, names = ""]) =>
    names
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "")
      .map((entry) => ({
        name: entry.replace(/^type /, "").replace(/^.* as /, ""),
        type: type !== undefined || entry.startsWith("type "),
      })),
  );
}

/** A file in an editor that imports modules of the library. */
export class Editor implements AsyncDisposable {
  readonly #imports: string[];
  readonly #file: EditedFile;

  private constructor(imports: string[], file: EditedFile) {
    this.#imports = imports;
    this.#file = file;
  }

  /** The modules are called `m0`, `m1`, … */
  static async open(modules: readonly string[]): Promise<Editor> {
    const imports = modules.map((module, i) => `import * as m${i} from "${join("../..", module).replace(/\.ts$/, ".js")}";\n`);
    return new Editor(imports, await EditedFile.open(join(import.meta.dirname, "edited.ts"), imports.join("")));
  }

  /** The members of each expression. */
  async members(expressions: readonly string[]): Promise<string[][]> {
    this.#write(expressions.map((expression) => `${expression}.;`));
    const answers: string[][] = [];
    for (const [i, expression] of expressions.entries()) {
      const names = await this.#file.completions(this.#imports.length + i, expression.length + 1);
      answers.push(names.filter((name) => /^[a-z]\w*$/i.test(name)));
    }
    return answers;
  }

  /** What is shown for the last name of each expression; undefined where it is declared elsewhere than in lib/. */
  async hovers(expressions: readonly string[]): Promise<(string | undefined)[]> {
    this.#write(expressions.map((expression) => `${expression};`));
    const answers: (string | undefined)[] = [];
    for (const [i, expression] of expressions.entries()) {
      const [line, character] = [this.#imports.length + i, expression.lastIndexOf(".") + 1];
      const declared = await this.#file.declarations(line, character);
      const own = declared.length > 0 && declared.every((path) => path.startsWith(join(root, "lib")));
      answers.push(own ? await this.#file.hover(line, character) : undefined);
    }
    return answers;
  }

  #write(lines: readonly string[]): void {
    this.#file.edit([...this.#imports, ...lines.map((line) => `${line}\n`)].join(""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

/** The text below the signature. */
export function docstringOf(hover: string): string {
  return hover.replace(/```[\s\S]*?```/, "").trim();
}

/** An expression of a public type, and what its members are called. */
interface Place {
  readonly path: string;
  readonly expression: string;
}

/**
 * Members of all exports of the modules and of what these lead to, each type once. `unions` are types whose members lie in their alternatives,
 * which a `type` tells apart.
 */
export async function publicNames(
  editor: Editor,
  modules: readonly string[],
  unions: Readonly<Record<string, readonly string[]>>,
): Promise<PublicName[]> {
  let places: Place[] = modules.flatMap((module, i) =>
    exportsOf(module).flatMap(({ name, type }) => {
      const value = `m${i}.${name}`;
      const isClass = !type && /^[A-Z]/.test(name);
      const alternatives = unions[name]?.map((tag) => `Extract<${value}, { type: "${tag}" }>`);
      const types = alternatives ?? [isClass ? `InstanceType<typeof ${value}>` : value];
      const instances = type || isClass ? types.map((of) => ({ path: name, expression: `({} as ${of})` })) : [];
      return type ? instances : [{ path: name, expression: value }, ...instances];
    }),
  );
  const names: PublicName[] = [];
  const seen = new Set<string>();
  while (places.length > 0) {
    const offered = await editor.members(places.map(({ expression }) => expression));
    const members = places.flatMap(({ path, expression }, i) =>
      (offered[i] as string[]).map((name) => ({ path: `${path}.${name}`, expression: `${expression}.${name}` })),
    );
    const hovers = await editor.hovers(members.map(({ expression }) => expression));
    places = [];
    for (const [i, { path, expression }] of members.entries()) {
      const hover = hovers[i];
      if (hover === undefined || seen.has(hover)) continue;
      seen.add(hover);
      names.push({ path, hover });
      places.push({ path, expression: `${expression}!` }, { path: `${path}[]`, expression: `${expression}![0]!` });
    }
  }
  return names;
}
