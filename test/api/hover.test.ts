/** What an editor shows for the library's options and scores, asked of TypeScript's language server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { budgetSchema } from "../../lib/compare/budget.js";
import { compareSettingsSchema } from "../../lib/compare/options.js";
import { activeOptionsSchema } from "../../lib/config/active.js";
import { augmentOptionsSchema } from "../../lib/config/augment.js";
import { cellRuleSchema, separationSchema } from "../../lib/config/cells.js";
import { complexityOptionsSchema } from "../../lib/config/complexity.js";
import { crfSchema } from "../../lib/config/crf.js";
import { dataOptionsSchema } from "../../lib/config/data.js";
import { edgeOptionsSchema } from "../../lib/config/edges.js";
import { gradientOptionsSchema } from "../../lib/config/gradients.js";
import { evaluatorOptionsSchema, predictorOptionsSchema } from "../../lib/config/inference.js";
import { lossOptionsSchema } from "../../lib/config/loss.js";
import { modelOptionsSchema } from "../../lib/config/model.js";
import { onnxOptionsSchema } from "../../lib/config/onnx.js";
import * as train from "../../lib/config/train.js";
import { trainerOptionsSchema } from "../../lib/train/trainer-options.js";
import { docstringOf, Editor, publicNames } from "./public-names.js";

const modules = ["lib/index.ts", "lib/functional/index.ts"];
const unions = {
  TrainEvent: ["start", "step", "epoch", "outlier", "skippedStep", "rollback", "statistics", "checkpoint", "end"],
  CompareEvent: ["plan", "timing", "cell", "look", "failed", "train"],
  ActiveEvent: ["train", "look", "round"],
};
/** What says itself what it is, and documents whose form others have laid down. Of a type with alternatives no docstring is shown. */
const excepted =
  /^(presets|exportFormats|CocoCells|GeoJsonCells)\.|\.type$|^(Compare|Active)Event\.event\.|\.intensity\.(per|channels)$/;

let editor: Editor;
beforeAll(async () => {
  editor = await Editor.open(modules);
});
afterAll(() => editor[Symbol.asyncDispose]());

it("shows a docstring for every member of everything that is exported, and the default of every option", {
  timeout: 300_000,
}, async () => {
  const names = await publicNames(editor, modules, unions);
  const bare = names.filter(({ path, hover }) => !excepted.test(path) && docstringOf(hover) === "");
  expect(bare.map(({ path }) => path)).toEqual([]);
  const options = names.filter(
    ({ path, hover }) => /^\w+(Options|Input|Config)\.(?!signal$|on[A-Z])\w+$/.test(path) && /\w\?: /.test(hover),
  );
  expect(options.filter(({ hover }) => !/default/i.test(docstringOf(hover))).map(({ path }) => path)).toEqual([]);
  const shown = names.map(({ hover }) => /\((?:property|accessor)\) ([\w.]+)/.exec(hover)?.[1]);
  expect(shown).toEqual(expect.arrayContaining(["Scores.dicePerImage", "ObjectScores.f1", "EpochEvent.validation"]));
  expect(names.filter(({ path }) => path.endsWith(".undefined"))).toEqual([]);
});

/** Of options by the name of their type; in `functional` only where index.ts has it not. */
const schemas: Readonly<Record<string, z.ZodType>> = {
  "m0.ActiveOptions": activeOptionsSchema,
  "m0.AugmentConfig": augmentOptionsSchema,
  "m0.Budget": budgetSchema,
  "m0.CellRuleOptions": cellRuleSchema,
  "m0.CompareOptions": compareSettingsSchema,
  "m0.ComplexityConfig": complexityOptionsSchema,
  "m1.CrfOptions": crfSchema,
  "m0.OpenOptions": dataOptionsSchema,
  "m1.EdgeConfig": edgeOptionsSchema,
  "m0.EvaluatorOptions": evaluatorOptionsSchema,
  "m0.PredictorOptions": predictorOptionsSchema,
  "m0.GradientOptions": gradientOptionsSchema,
  "m0.LossConfig": lossOptionsSchema,
  "m0.ModelOptions": modelOptionsSchema,
  "m0.MonitorConfig": train.monitorOptionsSchema,
  "m0.ExportOptions": onnxOptionsSchema,
  "m0.OptimizerConfig": train.optimizerOptionsSchema,
  "m0.SeparationOptions": separationSchema,
  "m0.ScheduleConfig": train.scheduleOptionsSchema,
  "m0.TrainConfigInput": train.trainConfigSchema,
  "m0.TrainerOptions": trainerOptionsSchema,
};

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** How a docstring tells the range of a number; undefined where there is none. */
function rangeOf(schema: JsonSchema): string | undefined {
  const number = schema.anyOf?.find(({ type, minimum }) => type !== "string" && minimum !== undefined) ?? schema;
  const { minimum: from, exclusiveMinimum: above, exclusiveMaximum: below } = number;
  const to = number.maximum === Number.MAX_SAFE_INTEGER ? undefined : number.maximum;
  if (from !== undefined && from > Number.MIN_SAFE_INTEGER) {
    if (to !== undefined) return `${from} to ${to}`;
    return below === undefined ? `at least ${from}` : `${from} to below ${below}`;
  }
  if (above === undefined) return undefined;
  return [
    `above ${above}`,
    ...(to === undefined ? [] : [`at most ${to}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ].join(", ");
}

describe.each(Object.entries(schemas))("%s", (type, schema) => {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const parts = ["layout", "group", "signal", "onProgress", "onPair", "onProblem"];
  const keys = Object.keys(properties).filter((key) => !parts.includes(key));

  it("tells default and range as the schema has them", async () => {
    const hovers = await editor.hovers(keys.map((key) => `({} as ${type}).${key}`));
    for (const [i, key] of keys.entries()) {
      const property = properties[key] as JsonSchema;
      const said = docstringOf(hovers[i] ?? "")
        .replace(/\s+/g, " ")
        .replace(/(\d),(?=\d{3})/g, "$1");
      const about = `${type}.${key}: ${said}`;
      const isPart = property.properties !== undefined || property.anyOf?.some((one) => one.properties !== undefined);
      const byDefault = /(?:^|[.:;] )Default (.+?)\.(?= |$)/.exec(said)?.[1];
      if (property.default !== undefined && !(isPart && byDefault === undefined)) {
        expect(byDefault, about).toBeDefined();
        expect(JSON.parse(byDefault as string), about).toEqual(property.default);
      } else if (required.includes(key)) expect(said, about).toMatch(/Needed\.$/);
      else expect(said, about).toMatch(/[Bb]y default |Needed /);
      const range = rangeOf(property);
      if (range !== undefined) expect(said, about).toContain(range);
    }
  });
});
