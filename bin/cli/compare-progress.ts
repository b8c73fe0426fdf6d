import type { CellName, CompareEvent } from "../../lib/compare/options.js";
import { errorColors, say } from "./output.js";
import { duration, progress } from "./progress.js";

/** Shows a comparison: one moving line over all trainings with the time that is left, and a line that stays for each that ends. */
export function compareProgress(): { tell: (event: CompareEvent) => void; stop: () => void } {
  const bar = progress("Comparing");
  let steps = 0;
  const begun = new Map<string, number>();
  const tell = (event: CompareEvent) => {
    switch (event.type) {
      case "plan":
        bar.line(
          `${event.cells} trainings, ${event.finished} of them finished before; a stop loses nothing: the same command goes on`,
        );
        bar.start(event.steps, event.done);
        return;
      case "timing":
        say(`Timing ${event.system}, to know how many epochs its minutes are`);
        return;
      case "look":
        bar.update(steps, `${described(event.cell)}, looking at image ${event.done} of ${event.total}`);
        return;
      case "train":
        steps = event.done;
        if (event.event.type === "step") bar.update(event.done, `${described(event.cell)}, epoch ${event.event.epoch + 1}`);
        return;
      case "cell":
        if (event.state === "training") begun.set(described(event.cell), performance.now());
        if (event.state === "done") bar.line(`  ${described(event.cell)}: ${duration(sinceOf(event.cell))}`);
        return;
      case "failed":
        bar.line(errorColors.red(`  ${described(event.cell)} failed: ${event.error.message}`));
        return;
      default:
        event satisfies never;
    }
  };
  const sinceOf = (cell: CellName) => (performance.now() - (begun.get(described(cell)) ?? performance.now())) / 1000;
  return { tell, stop: () => bar.stop() };
}

function described({ system, seed, fold }: CellName): string {
  return `${system}, seed ${seed}${fold === null ? "" : `, fold ${fold + 1}`}`;
}
