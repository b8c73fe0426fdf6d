import { decimal } from "../../compare/words.js";
import { describeIntensity } from "../../dataset/intensity/words.js";
import { escaped, paragraph, section, table } from "../../render/html.js";
import type { ReportContent } from "../content.js";

/** Configuration, versions, hardware and time, and how the run is made again. */
export function howSection(content: ReportContent): string {
  const { run, reproduction } = content;
  const { config, events, sessions } = run;
  const epochs = events.flatMap((event) => (event.type === "epoch" ? [event.seconds] : []));
  const seconds = epochs.reduce((sum, one) => sum + one, 0);
  const time =
    epochs.length > 0
      ? `${duration(seconds)} in ${epochs.length} epochs, ${decimal(seconds / epochs.length, 1)} s each on average`
      : "not known";
  const mapping = config.intensity && describeIntensity(config.intensity);
  const facts: [string, string][] = [
    ["Machine", `${config.device}, ${config.threads} threads`],
    ["Time of training", time],
    ["Versions", `acinus ${config.acinus} (build ${config.build}), LibTorch ${config.libtorch}, Node ${config.node}`],
    ["Begun", config.created],
    ["Weights started from", config.start ?? "not known"],
    ...(mapping ? ([["Grey values", mapping]] as [string, string][]) : []),
    ...(config.channels ? ([["Channels", config.channels.join(", ")]] as [string, string][]) : []),
  ];
  const stops = sessions
    .slice(1)
    .map(({ started, position, device, differences = [] }) => [
      started.slice(0, 19).replace("T", " "),
      `epoch ${position.epoch + 1}, step ${position.step}`,
      device ?? "",
      differences.join("; ") || "nothing",
    ]);
  return section(
    "how",
    "How it was made",
    `<dl>${facts.map(([term, text]) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`).join("\n")}</dl>`,
    "<h3>To make it again</h3>",
    reproduction.command === null ? "" : `<pre tabindex="0"><code>${escaped(reproduction.command)}</code></pre>`,
    ...reproduction.notes.map((note) => paragraph(note)),
    stops.length > 0 ? table("Resumed", ["When, UTC", "At", "On", "What had changed"], stops) : "",
    `<details><summary>The whole configuration</summary>${table("Options of the run", ["Option", "Value"], [...flat(config.train, "train"), ...flat(config.model, "model"), ...flat(config.data, "data")])}</details>`,
    content.files.length > 0 ? paragraph(`Beside this page: ${content.files.join(", ")}.`) : "",
  );
}

/** Every option by its dotted name. */
function flat(value: unknown, name: string): [string, string][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[name, JSON.stringify(value) ?? ""]];
  return Object.entries(value).flatMap(([key, one]) => flat(one, `${name}.${key}`));
}

function duration(seconds: number): string {
  if (seconds < 60) return `${decimal(seconds, 1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
